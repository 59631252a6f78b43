package augment

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
)

// goldenCase is one entry of golden/augment/cases.json: a transform of nnU-Net with everything it drew.
type goldenCase struct {
	Name, Transform string
	Inputs, Outputs map[string]string
	Params          goldenParams
}

type goldenParams struct {
	Angles         []float64
	Scale          *float64
	Affine         [][]float64
	PatchSize      []int   `json:"patch_size"`
	Sigma          float64 `json:"sigma"`
	Noise          string
	ApplyToChannel []any `json:"apply_to_channel"`
	Sigmas         [][]float64
	KernelSizes    [][]int `json:"kernel_sizes"`
	Multipliers    []float64
	Scales         [][]float64
	SmallShapes    [][]int `json:"small_shapes"`
	Gamma          []float64
	InvertImage    []bool `json:"invert_image"`
	Axes           []int
	UseMask        []bool `json:"use_mask_for_norm"`
	Channels       []int
	Regions        []any
	IgnoreLabel    *int `json:"ignore_label"`
	Lower, Upper   []int
	Steps          []struct {
		Transform string
		Params    goldenParams
	}
}

func goldenCases(t *testing.T) (string, []goldenCase) {
	t.Helper()
	dir := golden.Shared(t, "golden", "augment")
	content, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []goldenCase
	if err := json.Unmarshal(content, &cases); err != nil {
		t.Fatal(err)
	}
	return dir, cases
}

// goldenPatch loads the inputs of a case.
func goldenPatch(t *testing.T, dir string, c goldenCase) *Patch {
	t.Helper()
	p := &Patch{}
	if name := c.Inputs["image"]; name != "" {
		a := golden.Npy(t, filepath.Join(dir, name))
		p.Channels, p.Shape, p.Data = a.Shape[0], three(a.Shape[1:]), a.Float32()
	}
	if name := c.Inputs["seg"]; name != "" {
		a := golden.Npy(t, filepath.Join(dir, name))
		p.Shape = three(a.Shape[1:])
		for _, v := range a.Data {
			p.Labels = append(p.Labels, int16(v))
		}
	}
	return p
}

// spread3 turns numbers per axis into numbers of three axes, with first in front in 2D.
func spread3(v []float64, first float64) [3]float64 {
	if len(v) == 2 {
		return [3]float64{first, v[0], v[1]}
	}
	return [3]float64(v)
}

// channels calls apply for every treated channel k with its number i in the parameter lists.
func (g goldenParams) channels(apply func(k, i int)) {
	i := 0
	for k, entry := range g.ApplyToChannel {
		switch e := entry.(type) {
		case bool:
			if !e {
				continue
			}
		case float64:
			k = int(e)
		}
		apply(k, i)
		i++
	}
}

// applyGolden applies one recorded transform.
func applyGolden(t *testing.T, dir, transform string, p *Patch, g goldenParams) {
	switch transform {
	case "spatial", "spatial_dummy2d", "SpatialTransform":
		goldenSpatial(t, p, g)
	case "gaussian_noise", "GaussianNoiseTransform":
		NoiseParams{g.Sigma}.Apply(p, golden.Npy(t, filepath.Join(dir, g.Noise)).Float32())
	case "gaussian_blur", "GaussianBlurTransform":
		g.channels(func(k, i int) {
			if g.KernelSizes != nil {
				for axis, sigma := range g.Sigmas[i] {
					if got := len(gaussianKernel(nil, sigma)); got != g.KernelSizes[i][axis] {
						t.Errorf("kernel of sigma %v has %d taps, want %d", sigma, got, g.KernelSizes[i][axis])
					}
				}
			}
			BlurParams{spread3(g.Sigmas[i], 0)}.Apply(p, k)
		})
	case "multiplicative_brightness", "MultiplicativeBrightnessTransform":
		g.channels(func(k, i int) { BrightnessParams{g.Multipliers[i]}.Apply(p.Channel(k)) })
	case "contrast", "ContrastTransform":
		g.channels(func(k, i int) { ContrastParams{g.Multipliers[i]}.Apply(p.Channel(k)) })
	case "simulate_low_resolution", "SimulateLowResolutionTransform":
		g.channels(func(k, i int) { LowResolutionParams{spread3(g.Scales[i], 1)}.Apply(p, k) })
	case "gamma", "GammaTransform":
		g.channels(func(k, i int) { GammaParams{g.Gamma[i], g.InvertImage[i]}.Apply(p.Channel(k)) })
	case "mirror", "MirrorTransform":
		var m MirrorParams
		for _, axis := range g.Axes {
			m.Axes[axis+boolInt(p.Shape[0] == 1)] = true
		}
		m.Apply(p)
	case "mask", "MaskImageTransform":
		use := g.UseMask
		if use == nil {
			use = make([]bool, p.Channels)
			for _, c := range g.Channels {
				use[c] = true
			}
		}
		Mask{use}.Apply(p, nil)
	case "remove_label", "RemoveLabelTransform":
		Clean{}.Apply(p, nil)
	case "Convert3DTo2DTransform", "Convert2DTo3DTransform", "DownsampleSegForDSTransform", "ConvertSegmentationToRegionsTransform":
		// Dummy-2D needs no folding here; targets are compared by the caller.
	default:
		t.Fatalf("unknown transform %s", transform)
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func goldenSpatial(t *testing.T, p *Patch, g goldenParams) {
	size := three(append([]int{}, g.PatchSize...))
	if len(g.PatchSize) == 2 && p.Shape[0] > 1 {
		size[0] = p.Shape[0]
	}
	if g.Affine == nil {
		SpatialParams{Identity: true}.Apply(p, size)
		return
	}
	scale := 1.0
	if g.Scale != nil {
		scale = *g.Scale
	}
	angles := [3]float64{}
	copy(angles[:], g.Angles)
	affine := Affine(angles, scale)
	if len(g.PatchSize) == 2 {
		affine = InPlaneAffine(angles[1], scale)
	}
	shift := 3 - len(g.Affine)
	for i, row := range g.Affine {
		for j, v := range row {
			if math.Abs(affine[i+shift][j+shift]-v) > 1e-12 {
				t.Errorf("affine[%d][%d] is %v, want %v", i, j, affine[i+shift][j+shift], v)
			}
		}
	}
	SpatialParams{Affine: affine}.Apply(p, size)
}

// tolerances are those of golden/augment/README.md; the rest is exact.
var tolerances = map[string]float64{
	"spatial": 3e-5, "spatial_dummy2d": 3e-5, "gaussian_noise": 2e-6, "gaussian_blur": 5e-6,
	"multiplicative_brightness": 2e-6, "contrast": 5e-6, "simulate_low_resolution": 1e-5,
	"gamma": 2e-5, "pipeline": 5e-5,
}

func TestTransformsEqualNNUNet(t *testing.T) {
	dir, cases := goldenCases(t)
	for _, c := range cases {
		switch c.Transform {
		case "regions", "deep_supervision", "crop_and_pad", "pipeline":
			continue // tested below, or in the trainer's sampler
		}
		t.Run(c.Name, func(t *testing.T) {
			p := goldenPatch(t, dir, c)
			c.Params.Noise = c.Inputs["noise"]
			applyGolden(t, dir, c.Transform, p, c.Params)
			if name := c.Outputs["image"]; name != "" {
				golden.Close(t, "image", p.Data, golden.Npy(t, filepath.Join(dir, name)), tolerances[c.Transform])
			}
			seg := c.Outputs["seg"]
			if exact := c.Outputs["seg_exact_bounds"]; exact != "" {
				seg = exact // the bounds of every axis' own size, see doc.go
			}
			if seg != "" {
				allowed := 0.0
				if tolerances[c.Transform] == 3e-5 {
					allowed = 0.003 // ties of the vote and voxels at the bound
				}
				fewDiffer(t, "labels", p.Labels, golden.Npy(t, filepath.Join(dir, seg)), allowed)
			}
		})
	}
}

// fewDiffer allows a share of the voxels to differ.
func fewDiffer[T golden.Number](t *testing.T, name string, got []T, want golden.Array, share float64) {
	t.Helper()
	if len(got) != len(want.Data) {
		t.Fatalf("%s: %d voxels, want %d", name, len(got), len(want.Data))
	}
	wrong := 0
	for i, w := range want.Data {
		if float64(got[i]) != w {
			wrong++
		}
	}
	if float64(wrong) > share*float64(len(got)) {
		t.Errorf("%s: %d of %d voxels differ, allowed are %.1f per thousand", name, wrong, len(got), 1000*share)
	}
}

func TestTargetsEqualNNUNet(t *testing.T) {
	dir, cases := goldenCases(t)
	for _, c := range cases {
		if c.Transform != "regions" && c.Transform != "deep_supervision" {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			target := Target{Ignore: -1, Regions: regionsOf(c.Params.Regions)}
			if c.Params.IgnoreLabel != nil {
				target.Ignore = *c.Params.IgnoreLabel
			}
			var outputs []golden.Array
			if c.Transform == "regions" {
				outputs = []golden.Array{golden.Npy(t, filepath.Join(dir, c.Outputs["seg"]))}
			}
			for i := range c.Params.Scales {
				outputs = append(outputs, golden.Npy(t, filepath.Join(dir, c.Outputs["level"+string(rune('0'+i))])))
			}
			if c.Name == "deep_supervision_regions_3d" { // its input is regions_ignore_3d's output
				c.Inputs["seg"] = "remove_label_3d_seg.npy"
				target.Regions, target.Ignore = [][]int{{1, 2}, {2}}, 3
			}
			p := goldenPatch(t, dir, c)
			config := Config{PatchSize: p.Shape[3-max(2, len(outputs[0].Shape)-1):], Levels: c.Params.Scales}
			target.Shapes = [][3]int{p.Shape}
			if c.Transform == "deep_supervision" {
				target.Shapes = config.shapes()
			}
			dst := make([][]float32, len(target.Shapes))
			for i, s := range target.Shapes {
				dst[i] = make([]float32, target.Channels()*s[0]*s[1]*s[2])
			}
			target.Write(dst, p)
			for i := range dst {
				golden.Close(t, "level", dst[i], outputs[i], 0)
			}
		})
	}
}

func regionsOf(list []any) [][]int {
	var r [][]int
	for _, entry := range list {
		var labels []int
		switch e := entry.(type) {
		case float64:
			labels = []int{int(e)}
		case []any:
			for _, v := range e {
				labels = append(labels, int(v.(float64)))
			}
		}
		r = append(r, labels)
	}
	return r
}

func TestPipelinesEqualNNUNet(t *testing.T) {
	dir, cases := goldenCases(t)
	for _, c := range cases {
		if c.Transform != "pipeline" {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			p := goldenPatch(t, dir, c)
			target := Target{Ignore: -1}
			for _, step := range c.Params.Steps {
				before := Patch{Shape: p.Shape, Labels: slices.Clone(p.Labels)}
				applyGolden(t, dir, step.Transform, p, step.Params)
				if step.Transform == "SpatialTransform" {
					upstreamBounds(p, before, step.Params)
				}
				switch step.Transform {
				case "ConvertSegmentationToRegionsTransform":
					target.Regions = regionsOf(step.Params.Regions)
				case "DownsampleSegForDSTransform":
					config := Config{PatchSize: p.Shape[3-len(step.Params.Scales[0]):], Levels: step.Params.Scales}
					target.Shapes = config.shapes()
				}
			}
			image := golden.Npy(t, filepath.Join(dir, c.Outputs["image"]))
			golden.Close(t, "image", p.Data, image, tolerances["pipeline"])
			dst := make([][]float32, len(target.Shapes))
			for i, s := range target.Shapes {
				dst[i] = make([]float32, target.Channels()*s[0]*s[1]*s[2])
			}
			target.Write(dst, p)
			for i, name := range []string{"target0", "target1"} {
				fewDiffer(t, name, dst[i], golden.Npy(t, filepath.Join(dir, c.Outputs[name])), 0.003)
			}
		})
	}
}

// upstreamBounds puts nnU-Net's bounds (see doc.go) on a turned label map, so that its pipelines can be
// compared: its lower bound on axis d is (N_d/N_r-1)/2 with r the reversed axis, its upper one as far
// from N_d-1.
func upstreamBounds(p *Patch, before Patch, g goldenParams) {
	shift := 3 - len(g.Affine)
	m := mapping{matrix: [3][3]float64{{1}}, in: before.Shape, out: p.Shape}
	for i, row := range g.Affine {
		copy(m.matrix[i+shift][shift:], row)
	}
	for i := range p.Labels {
		z, y, x := i/(p.Shape[1]*p.Shape[2]), i/p.Shape[2]%p.Shape[1], i%p.Shape[2]
		l := m.lines(z, y)
		p.Labels[i] = m.vote(before.Labels, l, x)
		for d := shift; d < 3; d++ {
			n, reversed := float64(m.in[d]), float64(m.in[2+shift-d])
			low, c := (n/reversed-1)/2, l[d].at(x)
			if c < low || c > n-1-low {
				p.Labels[i] = -1
			}
		}
	}
}

func TestNearestExactEqualsTorch(t *testing.T) {
	var cases []struct {
		In     int   `json:"size_in"`
		Out    int   `json:"size_out"`
		Source []int `json:"source"`
	}
	readJSON(t, &cases, "golden", "augment", "nearest_exact.json")
	for _, c := range cases {
		got := make([]int, c.Out)
		if nearestExact(got, c.In); !slices.Equal(got, c.Source) {
			t.Errorf("%d to %d: %v, want %v", c.In, c.Out, got, c.Source)
		}
	}
}

func TestPatchSizesEqualNNUNet(t *testing.T) {
	var sizes struct {
		Default []struct {
			PatchSize []int     `json:"patch_size"`
			Rotation  []float64 `json:"rotation_range"`
			Dummy     bool      `json:"dummy_2d"`
			Initial   []int     `json:"initial_patch_size"`
		} `json:"default_trainer"`
		Function []struct {
			PatchSize []int     `json:"patch_size"`
			X         []float64 `json:"rot_x"`
			Y         []float64 `json:"rot_y"`
			Z         []float64 `json:"rot_z"`
			Scale     []float64 `json:"scale_range"`
			Result    []int
		} `json:"get_patch_size"`
	}
	readJSON(t, &sizes, "golden", "augment", "patch_sizes.json")
	for _, c := range sizes.Default {
		g := GeometryOf(c.PatchSize)
		if math.Abs(g.Angle-c.Rotation[1]) > 1e-15 || g.DummyTwoD != c.Dummy || !slices.Equal(g.Enlarged, c.Initial) {
			t.Errorf("%v: %+v, want %v", c.PatchSize, g, c)
		}
	}
	for _, c := range sizes.Function {
		if got := Enlarge(c.PatchSize, [3]float64{c.X[1], c.Y[1], c.Z[1]}, c.Scale[0]); !slices.Equal(got, c.Result) {
			t.Errorf("%v: %v, want %v", c.PatchSize, got, c.Result)
		}
	}
}

func readJSON(t *testing.T, into any, path ...string) {
	t.Helper()
	content, err := os.ReadFile(golden.Shared(t, path...))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatal(err)
	}
}
