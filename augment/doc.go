// Package augment changes training patches at random, by the default recipe of nnU-Net v2, and turns
// label maps into the targets of a network with deep supervision.
//
// # Flow
//
// The trainer's sampler cuts an enlarged patch (Config.Enlarged) out of a preprocessed case into a
// Patch; a Pipeline changes it in place and leaves a patch of the planned size; Pipeline.Targets writes
// the target of every level:
//
//	pipeline, err := augment.Standard(config)
//	patch := pipeline.NewPatch(channels)
//	patch.Reset(pipeline.Enlarged(), channels)
//	... fill patch.Data, patch.Labels ...
//	pipeline.Apply(patch, rng)
//	pipeline.Targets(targets, patch)
//
// # Conventions
//
// Every array is in C order with three spatial axes, slowest first (z, y, x); a 2D patch has one voxel
// along z. Label -1 lies outside of the nonzero region until the clean-up turns it into background.
// Transforms draw their parameters first (methods Draw) and apply them then (methods Apply of the drawn
// parameters), so that a transform with given parameters can be compared with another implementation.
// In the steady state nothing allocates.
//
// # Where we differ
//
// After a rotation a voxel is outside (label -1) when its coordinate leaves [0, N-1] on its own axis;
// nnU-Net compares with the size of the reversed axis, which is the same for cubes only. Dummy-2D
// patches are turned by a 3D map that leaves axis 0 alone, instead of being folded into channels: the
// result is the same. Nothing here panics on images; a patch smaller than the pipeline's is misuse and
// panics.
package augment
