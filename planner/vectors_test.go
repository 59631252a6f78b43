package planner

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/plans"
)

// cases appends n identical cases.
func cases(in Input, n int, spacing [3]float64, shape [3]int) Input {
	for range n {
		in.Spacings = append(in.Spacings, spacing)
		in.Shapes = append(in.Shapes, shape)
	}
	in.NumTraining += n
	return in
}

func emptyDataset(labels int) Input {
	return Input{Dataset: "Dataset001_Test", Reader: "SimpleITKIO", LabelEntries: labels, RelativeSize: 1,
		Channels: []string{"MRI"}, Intensities: make([]plans.Intensity, 1)}
}

// The datasets of nnunet-data.md 4.11.
func vectorA() Input { return cases(emptyDataset(3), 260, [3]float64{1, 1, 1}, [3]int{36, 50, 35}) }
func vectorB() Input {
	return cases(cases(emptyDataset(4), 40, [3]float64{5, 1.5625, 1.5625}, [3]int{18, 237, 208}),
		160, [3]float64{10, 1.5625, 1.5625}, [3]int{9, 237, 208})
}
func vectorC() Input {
	return cases(emptyDataset(3), 131, [3]float64{1, 0.7676, 0.7676}, [3]int{432, 512, 512})
}
func vectorD() Input { return cases(emptyDataset(2), 50, [3]float64{999, 1, 1}, [3]int{1, 512, 640}) }
func vectorF() Input {
	return cases(emptyDataset(3), 32, [3]float64{3.6, 0.6125, 0.6125}, [3]int{20, 320, 320})
}

// summary writes a configuration as the vectors do: patch @ batch / poolings.
func summary(t *testing.T, p *plans.Plans, name string) string {
	t.Helper()
	if !slices.Contains(p.Names(), name) {
		return "none"
	}
	c, err := p.Configuration(name)
	if err != nil {
		t.Fatal(err)
	}
	poolings := make([]int, c.Dimensions())
	for i, d := range c.Architecture.Divisor() {
		poolings[i] = int(math.Log2(float64(d)))
	}
	return fmt.Sprintf("%v @%d / %v", c.PatchSize, c.BatchSize, poolings)
}

func TestVectors(t *testing.T) {
	for _, c := range []struct {
		name             string
		in               Input
		planner, network string
		flat, full, low  string
	}{
		{"A", vectorA(), "default", "", "[56 40] @366 / [3 3]", "[40 56 40] @9 / [3 3 3]", "none"},
		{"A", vectorA(), "resenc-m", "", "", "[40 56 40] @58 / [3 3 3]", "none"},
		{"A", vectorA(), "resenc-l", "", "", "[40 56 40] @178 / [3 3 3]", "none"},
		{"B", vectorB(), "default", "", "[256 224] @56 / [5 5]", "[20 256 224] @4 / [2 5 5]", "none"},
		{"B", vectorB(), "resenc-m", "", "", "[20 256 224] @3 / [2 5 5]", "none"},
		{"B", vectorB(), "resenc-l", "", "", "[20 256 224] @10 / [2 5 5]", "none"},
		{"C", vectorC(), "default", "", "[512 512] @12 / [7 7]", "[128 128 128] @2 / [5 5 5]", "[128 128 128] @2 / [5 5 5]"},
		{"C", vectorC(), "resenc-m", "", "", "[128 128 128] @2 / [5 5 5]", ""},
		{"C", vectorC(), "resenc-l", "", "", "[160 224 192] @2 / [5 5 5]", "[160 224 192] @2 / [5 5 5]"},
		{"D", vectorD(), "default", "", "[512 640] @2 / [7 7]", "none", "none"},
		{"D", vectorD(), "resenc-m", "", "[512 512] @13 / [7 7]", "none", "none"},
		{"D", vectorD(), "resenc-l", "", "[512 640] @28 / [7 7]", "none", "none"},
		{"F", vectorF(), "default", "", "[320 320] @32 / [6 6]", "[20 320 256] @2 / [2 6 6]", "none"},
		{"F", vectorF(), "resenc-m", "", "", "[20 256 256] @2 / [2 6 6]", "none"},
		{"F", vectorF(), "resenc-l", "", "", "[20 320 320] @5 / [2 6 6]", "none"},
		// The capped batch of ResEncUNetPlanner: 5 % of 260*36*50*35 voxels in patches of 40x56x40 are 9.
		{"A", vectorA(), "default", "residual", "", "[40 56 40] @9 / [3 3 3]", "none"},
	} {
		t.Run(c.name+" "+c.planner+c.network, func(t *testing.T) {
			p, err := Plan(c.in, Options{Planner: c.planner, Network: c.network})
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{"2d": c.flat, "3d_fullres": c.full, "3d_lowres": c.low} {
				if got := summary(t, p, name); want != "" && got != want {
					t.Errorf("%s: %s, want %s", name, got, want)
				}
			}
		})
	}
}

func TestVectorDetails(t *testing.T) {
	b := plan(t, vectorB(), Options{})
	full := configuration(t, b, "3d_fullres")
	if !slices.Equal(full.Spacing, []float64{5, 1.5625, 1.5625}) || !slices.Equal(full.MedianShape, []float64{18, 237, 208}) {
		t.Errorf("B: spacing %v, median %v", full.Spacing, full.MedianShape)
	}
	stages(t, "B", full, "111 122 222 222 122 122", "133 333 333 333 333 333")
	stages(t, "F", configuration(t, plan(t, vectorF(), Options{}), "3d_fullres"), "111 122 122 222 222 122 122", "133 133 333 333 333 333 333")
	for planner, want := range map[string]struct {
		spacing [3]float64
		median  []float64
	}{
		"default":  {[3]float64{2.427262, 1.863167, 1.863167}, []float64{178, 211, 211}},
		"resenc-l": {[3]float64{1.604706, 1.231773, 1.231773}, []float64{269, 319, 319}},
	} {
		low := configuration(t, plan(t, vectorC(), Options{Planner: planner}), "3d_lowres")
		for i, s := range low.Spacing {
			if math.Abs(s-want.spacing[i]) > 5e-7 {
				t.Errorf("C %s: low spacing %v, want %v", planner, low.Spacing, want.spacing)
			}
		}
		if !slices.Equal(low.MedianShape, want.median) {
			t.Errorf("C %s: low median %v, want %v", planner, low.MedianShape, want.median)
		}
	}
}

func plan(t testing.TB, in Input, o Options) *plans.Plans {
	t.Helper()
	p, err := Plan(in, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Validate(); err != nil {
		t.Fatalf("the plan is not valid: %v", err)
	}
	return p
}

func configuration(t testing.TB, p *plans.Plans, name string) *plans.Configuration {
	t.Helper()
	c, err := p.Configuration(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// stages compares strides and kernels, written as digits per stage.
func stages(t *testing.T, name string, c *plans.Configuration, strides, kernels string) {
	t.Helper()
	digits := func(rows [][]int) string {
		text := ""
		for i, row := range rows {
			if i > 0 {
				text += " "
			}
			for _, v := range row {
				text += fmt.Sprint(v)
			}
		}
		return text
	}
	if got := digits(c.Architecture.Strides); got != strides {
		t.Errorf("%s: strides %s, want %s", name, got, strides)
	}
	if got := digits(c.Architecture.Kernels); got != kernels {
		t.Errorf("%s: kernels %s, want %s", name, got, kernels)
	}
}

// TestForcedSpacing plans the preprocessing goldens, whose target spacing was forced: transposition, 2d
// and 3d follow it.
func TestForcedSpacing(t *testing.T) {
	for _, name := range []string{"ct_aniso_sepz", "lowres_axis_last", "mri_2ch_zero_background", "regions_ignore", "ct_aniso_2d"} {
		t.Run(name, func(t *testing.T) {
			dir := golden.Shared(t, "golden", "preprocess", name)
			file := filepath.Join(dir, "plans.json")
			given, err := plans.Read(file)
			if err != nil {
				t.Fatal(err)
			}
			c := configuration(t, given, "3d_fullres")
			spacing := permute([3]float64(c.Spacing), given.TransposeBackward)
			p, err := Plan(readInput(t, dir), Options{TargetSpacing: &spacing})
			if err != nil {
				t.Fatal(err)
			}
			same(t, p, file)
		})
	}
}
