package network

import "github.com/autoseg/autoseg/plans"

// The counts of this file follow architectures.md, chapters 2 to 6 and 10.

// vnet counts the V-Net of the paper: residual stages, strided convolutions down and up, the right
// stages at twice the features.
func (t *tally) vnet() {
	f, last := t.arch.Features, t.arch.Stages()-1
	if f[0]%t.inputs != 0 {
		t.score(t.inputs, f[0], t.voxels(0)) // the input cannot be repeated to the width
	}
	for s := range f {
		in := f[s]
		if s == 0 {
			in = t.inputs
		} else {
			t.unit(f[s-1], f[s], t.arch.Strides[s], t.voxels(s))
		}
		t.units(t.arch.Convolutions[s], in, f[s], s)
	}
	below := f[last]
	for s := last - 1; s >= 0; s-- {
		t.unit(below, f[s], t.arch.Strides[s+1], t.voxels(s))
		below = 2 * f[s]
		t.units(t.arch.DecoderConvolutions[last-1-s], below, below, s)
		if s > 0 && t.hasSides() {
			t.score(below, t.classes, 0)
		}
	}
	if t.arch.Options["output"] == "release" {
		t.released(below)
		below = t.classes
	}
	t.score(below, t.classes, t.voxels(0))
}

// released counts the convolution and activation that V-Net's release has in front of its score.
func (t *tally) released(in int) {
	out := t.arch.Activation.Width(t.classes)
	t.bare(in, out, t.arch.Kernels[0], t.voxels(0))
	t.size.Parameters += int64(out)
	t.activation(out)
}

// vgg counts the encoder of FCN and DeconvNet: all stages but the last, which is their head.
func (t *tally) vgg() {
	for s := range t.arch.Stages() - 1 {
		t.units(t.arch.Convolutions[s], t.input(s), t.arch.Features[s], s)
	}
}

// fcn counts an FCN that adds the scores of the given number of finer grids. The fixed interpolation
// kernels are no parameters, but their outputs are features.
func (t *tally) fcn(skips int) {
	f, bottom := t.arch.Features, t.arch.Stages()-1
	t.vgg()
	t.unit(f[max(0, bottom-1)], f[bottom], t.arch.Kernels[bottom], t.voxels(bottom))
	t.unit(f[bottom], f[bottom], nil, t.voxels(bottom))
	t.score(f[bottom], t.classes, t.voxels(bottom))
	at := bottom
	for range min(skips, bottom-1) {
		at--
		t.size.FeatureVoxels += int64(t.classes) * t.voxels(at)
		t.score(f[at-1], t.classes, t.voxels(at))
	}
	t.size.FeatureVoxels += int64(t.classes) * t.voxels(0)
}

// deconvnet counts a DeconvNet. The last deconvolution of a stage has the width of the next shallower
// stage, because unpooling keeps the channels.
func (t *tally) deconvnet() {
	f, bottom := t.arch.Features, t.arch.Stages()-1
	t.vgg()
	cell := int64(1)
	if t.arch.Options["head"] == "padded" {
		cell = t.voxels(bottom)
	}
	norm := t.arch.Norm
	if t.arch.Options["head"] != "padded" && norm.Kind == plans.InstanceNorm {
		t.arch.Norm = plans.Norm{Kind: plans.NoNorm} // the norm of a single voxel is left out
	}
	t.unit(f[bottom-1], f[bottom], t.arch.Kernels[bottom], cell)
	t.unit(f[bottom], f[bottom], nil, cell)
	t.arch.Norm = norm
	t.unit(f[bottom], f[bottom-1], t.arch.Kernels[bottom], t.voxels(bottom))
	for s := bottom - 1; s >= 0; s-- {
		t.size.Switches += int64(f[s]) * t.voxels(s+1)
		n := t.arch.DecoderConvolutions[bottom-1-s]
		t.units(n-1, f[s], f[s], s)
		t.units(1, f[s], f[max(0, s-1)], s)
	}
	t.score(f[0], t.classes, t.voxels(0))
}

// attention counts the 3D U-Net of the attention release, with that many gates per skip; its side
// scores merge into one output.
func (t *tally) attention(gates int) {
	f, last := t.arch.Features, t.arch.Stages()-1
	for s := range f {
		t.units(t.arch.Convolutions[s], t.input(s), f[s], s)
	}
	if n, ok := t.arch.Options["gates"].(int); ok {
		gates = n
	}
	for s := last - 1; s >= 0; s-- {
		if s > 0 && gates > 0 {
			t.gates(s, gates)
		}
		t.units(t.arch.DecoderConvolutions[last-1-s], f[s]+f[s+1], f[s], s)
		t.score(f[s], t.classes, t.voxels(s))
	}
	if last > 0 {
		t.score(last*t.classes, t.classes, t.voxels(0))
	}
}

// gates counts the attention gates of one skip and the convolution that merges them.
func (t *tally) gates(s, n int) {
	c, gating := t.arch.Features[s], t.arch.Features[s+1]
	if s == t.arch.Stages()-2 && t.arch.Options["gating_block"] == true {
		t.unit(gating, gating, nil, t.voxels(s+1))
	}
	for range n {
		t.bare(c, c, t.arch.Strides[s+1], t.voxels(s+1)) // theta
		t.score(gating, c, t.voxels(s+1))                // phi
		t.score(c, 1, t.voxels(s+1))                     // psi
		t.score(c, c, t.voxels(s))                       // W
		t.norm(c)
	}
	t.unit(n*c, c, nil, t.voxels(s))
}
