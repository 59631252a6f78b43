// Package dicom reads DICOM: files, and folders of any mixture of series, into images with geometry.
//
// Nothing of a file reaches the DICOM library before a guard of ours has walked all of it: lengths are held
// against the bytes that are there, nesting is bounded, the transfer syntax must be one that is known. The
// library then sees only the elements that describe the image; patient data (group 0010), private groups and
// pixels are cut away before, so no identifier can reach an output. Pixels are interpreted here, compressed
// ones by package codec.
//
// Geometry is ITK's: slices sorted along the normal of the image plane, world axes LPS, the origin at the
// centre of the first voxel. Shape and spacing are slowest first (z, y, x), as everywhere.
package dicom
