package network

import (
	"slices"
	"testing"

	"github.com/autoseg/autoseg/plans"
)

// arch builds an architecture with stride 2 and kernel 3 everywhere and affine instance norm.
func arch(family string, dimensions int, features, counts, decoder []int) plans.Architecture {
	a := plans.Architecture{Family: family, Dimensions: dimensions, Features: features, Convolutions: counts,
		DecoderConvolutions: decoder, Bias: true, Norm: plans.Norm{Kind: plans.InstanceNorm, Affine: true},
		Activation: plans.Activation{Kind: plans.LeakyReLU}}
	for s := range features {
		stride := 2
		if s == 0 {
			stride = 1
		}
		a.Kernels = append(a.Kernels, slices.Repeat([]int{3}, dimensions))
		a.Strides = append(a.Strides, slices.Repeat([]int{stride}, dimensions))
	}
	return a
}

func repeat(n, times int) []int { return slices.Repeat([]int{n}, times) }

var (
	features3D = []int{32, 64, 128, 256, 320, 320}
	features2D = []int{32, 64, 128, 256, 512, 512, 512}
	resBlocks  = []int{1, 3, 4, 6, 6, 6, 6, 6}
)

// TestFeatureVoxels holds the checks of nnunet-data.md 4.5.
func TestFeatureVoxels(t *testing.T) {
	eight := append(slices.Clone(features2D), 512)
	for name, c := range map[string]struct {
		arch  plans.Architecture
		patch []int
		want  int64
	}{
		"plain 128^3":     {arch("plain", 3, features3D, repeat(2, 6), repeat(2, 5)), repeat(128, 3), 452796416},
		"residual 128^3":  {arch("residual", 3, features3D, resBlocks[:6], repeat(1, 5)), repeat(128, 3), 557420544},
		"plain 512^2":     {arch("plain", 2, eight, repeat(2, 8), repeat(2, 7)), repeat(512, 2), 82886656},
		"residual 512^2":  {arch("residual", 2, features2D, resBlocks[:7], repeat(1, 6)), repeat(512, 2), 129531904},
		"one stage 4x4x4": {arch("plain", 3, []int{8}, []int{2}, nil), repeat(4, 3), 2*8*64 + 3*64},
	} {
		if got := Footprint(c.arch, c.patch, 1, 3).FeatureVoxels; got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestParameters holds the counts of nnunet-model.md 1.8.
func TestParameters(t *testing.T) {
	aniso := arch("plain", 3, append(slices.Clone(features3D), 320), repeat(2, 7), repeat(2, 6))
	for s := range 2 {
		aniso.Kernels[s] = []int{1, 3, 3}
		aniso.Strides[s+1] = []int{1, 2, 2}
	}
	aniso.Strides[5], aniso.Strides[6] = []int{1, 2, 2}, []int{1, 2, 2}
	for name, c := range map[string]struct {
		arch            plans.Architecture
		inputs, classes int
		want            int64
	}{
		"plain 3D, 3 stages": {arch("plain", 3, features3D[:3], repeat(2, 3), repeat(2, 2)), 1, 3, 1356902},
		"plain 3D, 4 stages": {arch("plain", 3, features3D[:4], repeat(2, 4), repeat(2, 3)), 1, 3, 5603177},
		"plain 3D, 1 to 2":   {arch("plain", 3, features3D, repeat(2, 6), repeat(2, 5)), 1, 2, 31195594},
		"plain 3D, 4 to 4":   {arch("plain", 3, features3D, repeat(2, 6), repeat(2, 5)), 4, 4, 31199796},
		"plain 3D, aniso":    {aniso, 2, 3, 44578770},
		"plain 2D":           {arch("plain", 2, features2D, repeat(2, 7), repeat(2, 6)), 1, 3, 33473330},
		"residual 3D, 3":     {arch("residual", 3, features3D[:3], []int{1, 2, 2}, repeat(1, 2)), 1, 3, 2363814},
		"residual 3D, 6":     {arch("residual", 3, features3D, resBlocks[:6], repeat(1, 5)), 1, 3, 102350575},
		"residual 3D, 7":     {arch("residual", 3, append(slices.Clone(features3D), 320), resBlocks[:7], repeat(1, 6)), 1, 3, 141890738},
		"residual 2D":        {arch("residual", 2, features2D, resBlocks[:7], repeat(1, 6)), 1, 3, 105918322},
	} {
		if got := Footprint(c.arch, repeat(64, c.arch.Dimensions), c.inputs, c.classes).Parameters; got != c.want {
			t.Errorf("%s: %d parameters, want %d", name, got, c.want)
		}
	}
}

// TestWorkedExamples holds the table of architectures.md chapter 10.
func TestWorkedExamples(t *testing.T) {
	for name, c := range map[string]struct {
		family, norm         string
		scale                int      // features divided by
		parameters, features [2]int64 // 3D, 2D; 0 where the table has none
	}{
		"FCN-32s":          {"fcn32s", plans.NoNorm, 1, [2]int64{13178787, 12055267}, [2]int64{184942784, 33620160}},
		"FCN-16s":          {"fcn16s", plans.NoNorm, 1, [2]int64{13179558, 12056806}, [2]int64{184945856, 33621696}},
		"FCN-8s":           {"fcn8s", plans.NoNorm, 1, [2]int64{13179945, 12057577}, [2]int64{184970432, 33627840}},
		"DeconvNet":        {"deconvnet", plans.BatchNorm, 1, [2]int64{38250915, 52703331}, [2]int64{352441344, 62424064}},
		"U-Net":            {"unet", plans.InstanceNorm, 1, [2]int64{31194083, 33468899}, [2]int64{452796416, 82771968}},
		"V-Net":            {"vnet", plans.NoNorm, 1, [2]int64{394292195, 255484387}, [2]int64{468500480, 109838336}},
		"V-Net, half":      {"vnet", plans.NoNorm, 2, [2]int64{98578931, 63880435}, [2]int64{}},
		"V-Net, a quarter": {"vnet", plans.NoNorm, 4, [2]int64{24647675, 15974779}, [2]int64{}},
		"Attention U-Net":  {"attention_unet", plans.BatchNorm, 1, [2]int64{34628871, 40197205}, [2]int64{448412288, 99461504}},
	} {
		for i, dimensions := range []int{3, 2} {
			a, patch := worked(c.family, c.norm, c.scale, dimensions)
			got := Footprint(a, patch, 1, 3)
			if got.Parameters != c.parameters[i] {
				t.Errorf("%s %dD: %d parameters, want %d", name, dimensions, got.Parameters, c.parameters[i])
			}
			if c.features[i] > 0 && got.FeatureVoxels != c.features[i] {
				t.Errorf("%s %dD: %d feature voxels, want %d", name, dimensions, got.FeatureVoxels, c.features[i])
			}
		}
	}
}

// worked builds an architecture of the worked examples, with its patch.
func worked(family, norm string, scale, dimensions int) (plans.Architecture, []int) {
	features, patch := slices.Clone(features3D), repeat(128, 3)
	if dimensions == 2 {
		features, patch = slices.Clone(features2D), repeat(512, 2)
	}
	for s := range features {
		features[s] /= scale
	}
	n := len(features)
	a := arch(family, dimensions, features, repeat(2, n), repeat(2, n-1))
	a.Norm.Kind, a.Activation.Kind = norm, plans.ReLU
	switch family {
	case "vnet":
		a.Activation.Kind = plans.PReLU
		for s := range n {
			a.Kernels[s] = repeat(5, dimensions)
			a.Convolutions[s] = min(s+1, 3)
		}
		for j := range n - 1 {
			a.DecoderConvolutions[j] = a.Convolutions[n-2-j]
		}
	case "deconvnet":
		a.Features[n-1] = 512
		a.Kernels[n-1] = repeat(patch[0]>>(n-1), dimensions)
	case "fcn32s", "fcn16s", "fcn8s":
		a.Features[n-1] = 512
	}
	return a, patch
}

func BenchmarkFootprint(b *testing.B) {
	a := arch("residual", 3, features3D, resBlocks[:6], repeat(1, 5))
	for b.Loop() {
		Footprint(a, []int{128, 128, 128}, 1, 3)
	}
}
