// Package container packs a trained model into a container image without a container engine, and tries the
// image out under the limits that a challenge's platform sets.
//
// The image starts from nothing: a layer with the static program, a layer with the models, the interface and
// a model card. Its entry point is package algorithm. Times are the epoch's and files are sorted, so that the
// same run gives the same image, to the bit.
//
// The file is an OCI image layout in a tar that is also what docker save writes: skopeo, podman and umoci
// read it as oci-archive (umoci after unpacking), docker load by the manifest.json in it; the blobs are the
// same.
//
// DryRun unpacks the image that was written and runs its entry point on one case: in user, mount, process,
// network and IPC namespaces of its own, with a read-only root, limited memory, processes and shared memory.
// What the machine does not allow is listed in the result; nothing is silently left out.
//
// Nothing panics.
package container
