package network

import (
	"fmt"

	"github.com/autoseg/autoseg/plans"
)

// Size is what a network costs before it exists.
type Size struct {
	// Parameters counts the trainable numbers.
	Parameters int64
	// FeatureVoxels sums channels times voxels over the outputs of all convolutions for one patch; it
	// is what the planner's memory budget is measured in.
	FeatureVoxels int64
	// Switches counts the positions that max pooling remembers for unpooling, one 32-bit index each.
	Switches int64
}

// Footprint computes a network's size by arithmetic, without building it: for one patch, one head (no
// deep supervision), inputs channels in and classes logits out. The feature voxels of plain and
// residual are nnU-Net's estimate, compute_conv_feature_map_size of dynamic-network-architectures.
// It panics on a family that it does not know or a patch of other dimensions than the architecture.
func Footprint(arch plans.Architecture, patch []int, inputs, classes int) Size {
	if len(patch) != arch.Dimensions {
		panic(fmt.Sprintf("network: footprint of a %dD architecture for the patch %v", arch.Dimensions, patch))
	}
	count, ok := footprints[arch.Family]
	if !ok {
		panic(fmt.Sprintf("network: footprint of unknown family %q", arch.Family))
	}
	t := &tally{arch: arch, inputs: inputs, classes: classes, grids: grids(arch, patch)}
	count(t)
	return t.size
}

// footprints maps every family to the function that counts its layers.
var footprints = map[string]func(*tally){
	"plain":          (*tally).plain,
	"residual":       (*tally).residual,
	"unet":           (*tally).plain,
	"vnet":           (*tally).vnet,
	"fcn32s":         func(t *tally) { t.fcn(0) },
	"fcn16s":         func(t *tally) { t.fcn(1) },
	"fcn8s":          func(t *tally) { t.fcn(2) },
	"deconvnet":      (*tally).deconvnet,
	"unet_ct_dsv":    func(t *tally) { t.attention(0) },
	"attention_unet": func(t *tally) { t.attention(2) },
}

// tally walks the layers of a network and sums up.
type tally struct {
	arch            plans.Architecture
	inputs, classes int
	grids           [][]int // extent per axis of every stage
	size            Size
}

// grids returns the extents of every stage: floor division, as a strided convolution with an odd
// kernel and half padding would give for sizes that are multiples of the stride.
func grids(arch plans.Architecture, patch []int) [][]int {
	all := make([][]int, arch.Stages())
	extent := patch
	for s := range all {
		all[s] = make([]int, len(patch))
		for i, n := range extent {
			all[s][i] = n / arch.Strides[s][i]
		}
		extent = all[s]
	}
	return all
}

func product(v []int) int64 {
	p := int64(1)
	for _, n := range v {
		p *= int64(n)
	}
	return p
}

// voxels returns the number of voxels of a stage's grid.
func (t *tally) voxels(stage int) int64 { return product(t.grids[stage]) }

// conv counts a convolution, transposed or not, whose output lies on a grid of that many voxels.
func (t *tally) conv(in, out int, kernel []int, voxels int64) {
	t.bare(in, out, kernel, voxels)
	if t.arch.Bias {
		t.size.Parameters += int64(out)
	}
}

// bare counts a convolution without bias.
func (t *tally) bare(in, out int, kernel []int, voxels int64) {
	t.size.Parameters += int64(in) * int64(out) * product(kernel)
	t.size.FeatureVoxels += int64(out) * voxels
}

// score counts a 1-kernel convolution, which always has a bias.
func (t *tally) score(in, out int, voxels int64) {
	t.bare(in, out, nil, voxels)
	t.size.Parameters += int64(out)
}

// norm counts scale and shift.
func (t *tally) norm(channels int) {
	if t.arch.Norm.Kind != plans.NoNorm && t.arch.Norm.Affine {
		t.size.Parameters += 2 * int64(channels)
	}
}

// activation counts the slopes of a PReLU.
func (t *tally) activation(channels int) {
	if t.arch.Activation.Kind == plans.PReLU {
		t.size.Parameters += int64(channels)
	}
}

// unit counts convolution, norm and activation.
func (t *tally) unit(in, out int, kernel []int, voxels int64) {
	out = t.arch.Activation.Width(out)
	t.conv(in, out, kernel, voxels)
	t.norm(out)
	t.activation(out)
}

// units counts a stage of n units from in to out channels.
func (t *tally) units(n, in, out, stage int) {
	for i := range n {
		if i > 0 {
			in = out
		}
		t.unit(in, out, t.arch.Kernels[stage], t.voxels(stage))
	}
}

// input returns the number of channels that enter an encoder stage.
func (t *tally) input(stage int) int {
	if stage == 0 {
		return t.inputs
	}
	return t.arch.Features[stage-1]
}

// plain counts nnU-Net's PlainConvUNet; the padded U-Net has the same convolutions.
func (t *tally) plain() {
	for s, f := range t.arch.Features {
		t.units(t.arch.Convolutions[s], t.input(s), f, s)
	}
	t.decoder()
}

// decoder counts nnU-Net's decoder with its finest head. The heads of deep supervision always have
// parameters but count as features only when they run.
func (t *tally) decoder() {
	f := t.arch.Features
	for s := len(f) - 2; s >= 0; s-- {
		t.conv(f[s+1], f[s], t.arch.Strides[s+1], t.voxels(s))
		t.units(t.arch.DecoderConvolutions[len(f)-2-s], 2*f[s], f[s], s)
		if s > 0 && t.hasSides() {
			t.score(f[s], t.classes, 0)
		}
	}
	t.score(f[0], t.classes, t.voxels(0))
}

// hasSides reports whether coarser decoder stages have heads; those of plain and residual are there whether
// they are supervised or not.
func (t *tally) hasSides() bool {
	return t.arch.DeepSupervision() || t.arch.Family == "plain" || t.arch.Family == "residual"
}

// residual counts nnU-Net's ResidualEncoderUNet. Its estimate counts a projection at every stage but
// the first, also where the skip only pools because the channels stay the same.
func (t *tally) residual() {
	f := t.arch.Features
	t.unit(t.inputs, f[0], t.arch.Kernels[0], t.voxels(0))
	for s := range f {
		in := f[max(0, s-1)]
		t.units(2*t.arch.Convolutions[s], in, f[s], s)
		if s == 0 {
			continue
		}
		if in != f[s] {
			t.bare(in, f[s], nil, 0)
			t.norm(f[s])
		}
		t.size.FeatureVoxels += int64(f[s]) * t.voxels(s)
	}
	t.decoder()
}
