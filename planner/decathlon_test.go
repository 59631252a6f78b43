package planner

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/plans"
)

// decathlonWant is a configuration calculated by hand.
type decathlonWant struct {
	spacing, median []float64
	summary         string // patch @ batch / poolings
	strides         string
}

// The medians (spacing, and shape after resampling) of the three fingerprints are the golden plans' own;
// all else follows below by hand from the rules of nnunet-2018.md.
var decathlonByHand = []struct {
	dataset    string
	scheme     plans.Normalisation
	configured map[string]decathlonWant
}{
	{
		dataset: "Dataset004_Hippocampus", // 260 cases, median 36x50x35 at 1x1x1 mm: the paper's example
		scheme:  plans.Normalisation{Scheme: plans.ZScore},
		configured: map[string]decathlonWant{
			// 2D: the plane is 50x35. 50 -> 25 -> 13 -> 7 and 35 -> 18 -> 9 -> 5 are 3 poolings each, so
			// multiples of 8: 56x40 = 2240. 42*256*256 = 2752512, / 2240 = 1228.8 -> 1228 patches;
			// 5 % of 260*36*50*35 = 16380000 are 819000, / 2240 = 365.6 -> 366.
			"2d": {[]float64{1, 1}, []float64{50, 35}, "[56 40] @366 / [3 3]", "11 22 22 22"},
			// 3D: 36*50*35 = 63000 < 128^3, so the median image. 36 -> 18 -> 9 -> 5: 3 poolings per axis,
			// 40x56x40 = 89600. 2*128^3 = 4194304, / 89600 = 46.8 -> 46; 819000 / 89600 = 9.14 -> 9.
			// 63000 is less than 4*9*89600: no cascade.
			"3d_fullres": {[]float64{1, 1, 1}, []float64{36, 50, 35}, "[40 56 40] @9 / [3 3 3]", "111 222 222 222"},
		},
	},
	{
		dataset: "Dataset804_mri_4ch_zero_background",                     // 60 cases, median 138.5x171x138 at 1x1x1 mm
		scheme:  plans.Normalisation{Scheme: plans.ZScore, UseMask: true}, // 0.3571 is a reduction by more than a quarter
		configured: map[string]decathlonWant{
			// 2D: 171 -> 86 -> 43 -> 22 -> 11 -> 6 and 138 -> 69 -> 35 -> 18 -> 9 -> 5: 5 poolings each,
			// multiples of 32: 192x160 = 30720. 2752512 / 30720 = 89.6 -> 89 (the paper's number for
			// BrainTumour); 5 % of 60*138.5*171*138 are 9804969, / 30720 = 319.2 -> 319.
			"2d": {[]float64{1, 1}, []float64{171, 138}, "[192 160] @89 / [5 5]", "11 22 22 22 22 22"},
			// 3D: 138.5*171*138 = 3268323 > 2097152; times cbrt(2097152/3268323) = 0.86254 gives 119.46,
			// 147.49, 119.03 -> 119x147x119. 119 -> 60 -> 30 -> 15 -> 8 -> 4: 5 poolings; 147 likewise 5.
			// Multiples of 32: 128x160x128 = 2621440 is too much; shares 128/138.5 = 0.924, 160/171 =
			// 0.936, 128/138 = 0.928: the middle axis loses 32: 128x128x128. Batch 2; 9804969/2097152 =
			// 4.7 -> 5, the smaller is 2. 3268323 < 4*2*2097152: no cascade.
			"3d_fullres": {[]float64{1, 1, 1}, []float64{138.5, 171, 138}, "[128 128 128] @2 / [5 5 5]", "111 222 222 222 222 222"},
		},
	},
	{
		dataset: "Dataset801_ct_aniso_5mm", // 64 cases, median 77x512x512 at 5x0.75765x0.75765 mm
		scheme:  plans.Normalisation{Scheme: plans.CT},
		configured: map[string]decathlonWant{
			// 2D: 512 -> 256 -> 128 -> 64 -> 32 -> 16 -> 8: 8 could be pooled once more, but 6 is the most.
			// Multiples of 64: 512x512 = 262144. 2752512 / 262144 = 10.5 -> 10, far below 5 %.
			"2d": {[]float64{0.75765, 0.75765}, []float64{512, 512}, "[512 512] @10 / [6 6]", "11 22 22 22 22 22 22"},
			// 3D: 77*512*512 = 20185088; times cbrt(2097152/20185088) = 0.47005 gives 36.19, 240.67, 240.67
			// -> 36x241x241. 36 -> 18 -> 9 -> 5: 3 poolings; 241 -> 121 -> 61 -> 31 -> 16 -> 8: 5, the most.
			// Multiples of 8, 32, 32: 40x256x256 = 2621440 is too much; shares 40/77 = 0.52, 256/512 =
			// 0.5: the first axis loses 8: 32x256x256 = 2097152 fits, and 32 -> 16 -> 8 -> 4 has 3 poolings.
			// Batch 4194304/2097152 = 2. The first axis has its 3 poolings in the last 3 stages.
			"3d_fullres": {[]float64{5, 0.75765, 0.75765}, []float64{77, 512, 512}, "[32 256 256] @2 / [3 5 5]", "111 122 122 222 222 222"},
			// 20185088 > 4*2*2097152 = 16777216: a cascade. The fine axes are doubled first (5 is more than
			// 2*0.75765): 5x1.5153x1.5153 with 77x256x256 = 5046272. times cbrt(2097152/5046272) = 0.74621:
			// 57.46, 191.03, 191.03 -> 57x191x191. 57 -> 29 -> 15 -> 8 -> 4: 4 poolings; 191: 5. Multiples of
			// 16, 32, 32: 64x192x192 = 2359296 is too much; shares 64/77 = 0.83, 192/256 = 0.75: the first
			// axis loses 16: 48x192x192 = 1769472. 48 -> 24 -> 12 -> 6 has 3 poolings, and 48 is a multiple of 8.
			// Batch 4194304/1769472 = 2.4 -> 2. 5046272 < 4*2*1769472 = 14155776: coarse enough.
			"3d_lowres": {[]float64{5, 1.5153, 1.5153}, []float64{77, 256, 256}, "[48 192 192] @2 / [3 5 5]", "111 122 122 222 222 222"},
		},
	},
}

func TestDecathlonByHand(t *testing.T) {
	for _, c := range decathlonByHand {
		t.Run(c.dataset, func(t *testing.T) {
			p := plan(t, readInput(t, filepath.Join(golden.Shared(t, "golden", "plans"), c.dataset)), Options{Planner: "decathlon-2018"})
			_, cascade := c.configured["3d_lowres"]
			if slices.Contains(p.Names(), "3d_cascade_fullres") != cascade {
				t.Errorf("configurations are %v", p.Names())
			}
			for name, want := range c.configured {
				got := configuration(t, p, name)
				if s := summary(t, p, name); s != want.summary {
					t.Errorf("%s: %s, want %s", name, s, want.summary)
				}
				if !slices.Equal(got.Spacing, want.spacing) || !slices.Equal(got.MedianShape, want.median) {
					t.Errorf("%s: spacing %v and median %v, want %v and %v", name, got.Spacing, got.MedianShape, want.spacing, want.median)
				}
				stages(t, name, got, want.strides, threes(got))
				if got.Normalisation[0] != c.scheme {
					t.Errorf("%s: %v, want %v", name, got.Normalisation[0], c.scheme)
				}
				if f := got.Architecture.Features; f[0] != 30 || f[1] != 60 || f[2] != 120 {
					t.Errorf("%s: features %v", name, f)
				}
				if got.ResampleData.Order != 3 || got.ResampleLabels.Order != 0 {
					t.Errorf("%s: spline orders %d and %d", name, got.ResampleData.Order, got.ResampleLabels.Order)
				}
			}
		})
	}
}

// threes writes kernels of 3 at every stage.
func threes(c *plans.Configuration) string {
	text := ""
	for s := range c.Architecture.Stages() {
		if s > 0 {
			text += " "
		}
		text += "333"[:c.Dimensions()]
	}
	return text
}

// TestDecathlonExamples holds networks of the paper's table: from the resampled patch to the poolings.
func TestDecathlonExamples(t *testing.T) {
	for name, c := range map[string]struct {
		patch []float64
		most  int
		want  []int
	}{
		"Hippocampus 3D": {[]float64{40, 56, 40}, 5, []int{3, 3, 3}},
		"Prostate 3D":    {[]float64{20, 192, 192}, 5, []int{2, 5, 5}},
		"Heart 3D":       {[]float64{80, 192, 128}, 5, []int{4, 5, 5}},
		"BrainTumour 3D": {[]float64{128, 128, 128}, 5, []int{5, 5, 5}},
	} {
		topology := decathlonTopology(c.patch, c.most)
		if got := topology.poolings(); !slices.Equal(got, c.want) {
			t.Errorf("%s: poolings %v, want %v", name, got, c.want)
		}
		if got := floats(topology.patch); !slices.Equal(got, c.patch) {
			t.Errorf("%s: patch %v is not divisible as it is", name, c.patch)
		}
	}
}

func TestDecathlonRefusesMemory(t *testing.T) {
	if _, err := Plan(vectorA(), Options{Planner: "decathlon-2018", MemoryGB: 12}); err == nil {
		t.Error("a memory was accepted")
	}
}
