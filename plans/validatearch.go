package plans

import (
	"fmt"
	"slices"
	"strings"
)

// architecture checks the network of a resolved configuration, and the patch against it.
func (v *validator) architecture(at func(string) string, c *Configuration) {
	a := &c.Architecture
	if v.isUnread(at("network_class_name")) {
		return
	}
	if !slices.Contains(Families, a.Family) {
		v.fail(at("family"), "is %q; want one of %s", a.Family, strings.Join(Families, ", "))
		return
	}
	if a.Dimensions != len(c.PatchSize) {
		v.fail(at("dimensions"), "is %d, but patch_size has %d numbers", a.Dimensions, len(c.PatchSize))
		return
	}
	v.layers(at, a)
	if err := a.CheckSupervision(); err != nil {
		v.fail(at("options"), "%v", err)
	}
	v.positive(at("features_per_stage"), a.Features)
	if len(a.Features) == 0 {
		v.fail(at("features_per_stage"), "is empty; a network needs at least one stage")
		return
	}
	if !v.perStageAndAxis(at("kernel_sizes"), a.Kernels, a) || !v.perStageAndAxis(at("strides"), a.Strides, a) {
		return
	}
	v.kernels(at("kernel_sizes"), a, c.PatchSize)
	v.strides(at("strides"), a, c)
	v.counts(at("n_conv_per_stage"), a.Convolutions, a.Stages())
	if a.Family == "plain" || a.Family == "residual" || len(a.DecoderConvolutions) > 0 {
		v.counts(at("n_conv_per_stage_decoder"), a.DecoderConvolutions, a.Stages()-1)
	}
}

func (v *validator) layers(at func(string) string, a *Architecture) {
	norms := []string{InstanceNorm, BatchNorm, NoNorm}
	if !slices.Contains(norms, a.Norm.Kind) {
		v.fail(at("norm"), "is of kind %q; want one of %s", a.Norm.Kind, strings.Join(norms, ", "))
	} else if a.Norm.Kind != NoNorm && !(a.Norm.Epsilon > 0) {
		v.fail(at("norm"), "has epsilon %v; want a small positive number such as 1e-05", a.Norm.Epsilon)
	}
	if !slices.Contains(Activations, a.Activation.Kind) {
		v.fail(at("activation"), "is of kind %q; want one of %s", a.Activation.Kind, strings.Join(Activations, ", "))
	}
	if a.Activation.Pieces < 0 || a.Activation.Pieces > 64 {
		v.fail(at("activation"), "has %d pieces; want a number from 2 to 64", a.Activation.Pieces)
	}
	if !(a.Dropout >= 0 && a.Dropout < 1) {
		v.fail(at("dropout"), "is %v; want a probability from 0 to below 1", a.Dropout)
	}
}

// perStageAndAxis checks the shape of kernels or strides: one number per stage and axis.
func (v *validator) perStageAndAxis(path string, rows [][]int, a *Architecture) bool {
	if len(rows) != a.Stages() {
		v.fail(path, "has %d entries; want %d, one per stage of features_per_stage", len(rows), a.Stages())
		return false
	}
	for s, row := range rows {
		if len(row) != a.Dimensions {
			v.fail(fmt.Sprintf("%s[%d]", path, s), "has %d numbers; want %d, one per axis", len(row), a.Dimensions)
			return false
		}
	}
	return true
}

// kernels must be odd: an even one has no centre, and padding (k-1)/2 would shrink the image. The
// head of a DeconvNet with one cell at the bottom spans the bottom grid instead.
func (v *validator) kernels(path string, a *Architecture, patch []int) {
	last := a.Stages() - 1
	for s, row := range a.Kernels {
		at := fmt.Sprintf("%s[%d]", path, s)
		if s == last && a.Family == "deconvnet" && a.Options["head"] != "padded" {
			if bottom := bottomGrid(a, patch); !slices.Equal(row, bottom) {
				v.fail(at, "is %v; want %v, the patch divided by the strides, so that the bottleneck is one cell", row, bottom)
			}
			continue
		}
		for _, k := range row {
			if k < 1 || k%2 == 0 {
				v.fail(at, "is %v; want odd numbers", row)
				break
			}
		}
	}
}

// bottomGrid returns the extents of the last stage.
func bottomGrid(a *Architecture, patch []int) []int {
	bottom := make([]int, a.Dimensions)
	for i, d := range a.Divisor() {
		bottom[i] = patch[i] / max(1, d)
	}
	return bottom
}

func (v *validator) strides(path string, a *Architecture, c *Configuration) {
	for s, row := range a.Strides {
		for _, t := range row {
			if t < 1 || t > 64 || (s == 0 && t != 1) {
				v.fail(fmt.Sprintf("%s[%d]", path, s), "is %v; want %s", row, strideRule(s))
				return
			}
		}
	}
	if a.takesAnyPatch() {
		return
	}
	for axis, d := range a.Divisor() {
		if n := c.PatchSize[axis]; n%d != 0 {
			patch := strings.TrimSuffix(path, "architecture.strides") + "patch_size"
			v.fail(v.own(c, patch), "is %v, but axis %d must be a multiple of %d, the product of the strides; use %d or %d",
				c.PatchSize, axis, d, max(d, n/d*d), (n/d+1)*d)
		}
	}
}

// own names patch_size in the configuration itself where that has its own line, since a child may
// override the patch of the configuration whose strides it inherits.
func (v *validator) own(c *Configuration, path string) string {
	if mine := join("configurations", c.Name+".patch_size"); v.plans.lines[mine] > 0 {
		return mine
	}
	return path
}

func strideRule(stage int) string {
	if stage == 0 {
		return "ones: stage 0 is entered without a stride"
	}
	return "numbers from 1 to 64"
}

// takesAnyPatch reports whether the network crops for itself: FCN pools in ceil mode, and an unpadded
// U-Net has its own rule of valid sizes (architectures.md, chapters 2.3 and 4.2).
func (a *Architecture) takesAnyPatch() bool {
	return strings.HasPrefix(a.Family, "fcn") || (a.Family == "unet" && a.Options["padding"] == "valid")
}

func (v *validator) counts(path string, counts []int, want int) {
	if len(counts) != want {
		v.fail(path, "has %d entries; want %d for the stages of features_per_stage", len(counts), want)
		return
	}
	v.positive(path, counts)
}
