package preprocess

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
)

// testPlans is a plan for one CT and one z-scored channel at 1 mm.
func testPlans() *plans.Plans {
	spline := func(order int) plans.Resampling { return plans.Resampling{Function: resampleSpline, Order: order} }
	return &plans.Plans{
		TransposeForward: [3]int{0, 1, 2}, TransposeBackward: [3]int{0, 1, 2},
		Intensities: []plans.Intensity{{Mean: 10, Std: 2, Percentile005: 5, Percentile995: 15}, {}},
		Configurations: []*plans.Configuration{{
			Name: "3d_fullres", Spacing: []float64{1, 1, 1}, PatchSize: []int{8, 8, 8},
			Normalisation: []plans.Normalisation{{Scheme: plans.CT}, {Scheme: plans.ZScore, UseMask: true}},
			ResampleData:  spline(3), ResampleLabels: spline(1), ResampleProbabilities: spline(1),
		}},
	}
}

func testLabelling(t testing.TB) *dataset.Labelling {
	l, err := dataset.NewLabelling([]dataset.Region{{Name: "background", Labels: []int{0}}, {Name: "organ", Labels: []int{1}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &l
}

// testCase is noise with a zero border of one voxel where there is room, and a cube of label 1.
func testCase(shape [3]int, spacing [3]float64) (*volume.Image, *volume.Labels) {
	g := volume.NewGeometry(shape, spacing)
	image, labels := volume.NewImage(g, 2), volume.NewLabels(g)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range g.Voxels() {
		x, y := i%shape[2], i/shape[2]%shape[1]
		if x == 0 || y == 0 {
			continue
		}
		image.Data[i], image.Data[g.Voxels()+i] = float32(10+3*rng.NormFloat64()), float32(rng.NormFloat64())
		if x > shape[2]/2 && y > shape[1]/2 {
			labels.Data[i] = 1
		}
	}
	return image, labels
}

func TestSeparateAxis(t *testing.T) {
	yes, no := true, false
	for name, c := range map[string]struct {
		current, target [3]float64
		force           *bool
		want            volume.Axis
	}{
		"isotropic":             {[3]float64{1, 1, 1}, [3]float64{1, 1, 1}, nil, volume.NoAxis},
		"exactly three":         {[3]float64{3, 1, 1}, [3]float64{1, 1, 1}, nil, volume.NoAxis},
		"above three":           {[3]float64{3.01, 1, 1}, [3]float64{1, 1, 1}, nil, volume.AxisZ},
		"last axis":             {[3]float64{1, 1, 5}, [3]float64{1, 1, 1}, nil, volume.AxisX},
		"only the target":       {[3]float64{1, 1, 1}, [3]float64{1, 4, 1}, nil, volume.AxisY},
		"two largest, no retry": {[3]float64{5, 5, 1}, [3]float64{1, 4, 1}, nil, volume.NoAxis},
		"forced off":            {[3]float64{9, 1, 1}, [3]float64{9, 1, 1}, &no, volume.NoAxis},
		"forced on":             {[3]float64{1, 1.1, 1}, [3]float64{9, 1, 1}, &yes, volume.AxisY},
		"forced on, no largest": {[3]float64{1, 1, 1}, [3]float64{9, 1, 1}, &yes, volume.NoAxis},
	} {
		if got := separateAxis(c.current, c.target, c.force); got != c.want {
			t.Errorf("%s: axis %d, want %d", name, got, c.want)
		}
	}
}

func TestResampledShape(t *testing.T) {
	for name, c := range map[string]struct {
		shape           [3]int
		current, target [3]float64
		want            [3]int
	}{
		"half to even": {[3]int{5, 7, 3}, [3]float64{1, 1, 1}, [3]float64{2, 2, 2}, [3]int{2, 4, 2}},
		"unchanged":    {[3]int{5, 7, 3}, [3]float64{0.7, 1, 999}, [3]float64{0.7, 1, 999}, [3]int{5, 7, 3}},
		"never empty":  {[3]int{1, 1, 100}, [3]float64{1, 1, 1}, [3]float64{9, 9, 9}, [3]int{1, 1, 11}},
	} {
		if got := resampledShape(c.shape, c.current, c.target); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if got := targetSpacing([]float64{2, 3}, [3]float64{7, 1, 1}); got != [3]float64{7, 2, 3} {
		t.Errorf("slices keep their distance: %v", got)
	}
}

func TestNormalise(t *testing.T) {
	for name, c := range map[string]struct {
		normalisation plans.Normalisation
		in, want      []float32
	}{
		"ct clips":        {plans.Normalisation{Scheme: plans.CT}, []float32{0, 5, 10, 12, 99}, []float32{-2.5, -2.5, 0, 1, 2.5}},
		"z-score":         {plans.Normalisation{Scheme: plans.ZScore}, []float32{1, 1, 3, 3, 2}, []float32{-1.118034, -1.118034, 1.118034, 1.118034, 0}},
		"masked z-score":  {plans.Normalisation{Scheme: plans.ZScore, UseMask: true}, []float32{0, 1, 3, 0, 2}, []float32{0, -1.2247449, 1.2247449, 0, 0}},
		"constant":        {plans.Normalisation{Scheme: plans.ZScore}, []float32{4, 4, 4, 4, 4}, []float32{0, 0, 0, 0, 0}},
		"none":            {plans.Normalisation{Scheme: plans.None}, []float32{1, 2, 3, 4, 5}, []float32{1, 2, 3, 4, 5}},
		"rescale":         {plans.Normalisation{Scheme: plans.RescaleTo1}, []float32{-1, 0, 1, 2, 3}, []float32{0, 0.25, 0.5, 0.75, 1}},
		"rescale of same": {plans.Normalisation{Scheme: plans.RescaleTo1}, []float32{7, 7, 7, 7, 7}, []float32{0, 0, 0, 0, 0}},
		"colours":         {plans.Normalisation{Scheme: plans.RGBTo1}, []float32{0, 51, 102, 204, 255}, []float32{0, 0.2, 0.4, 0.8, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			p := testPlans()
			p.Configurations[0].Normalisation = []plans.Normalisation{c.normalisation}
			pipeline := pipelineOf(t, p, "3d_fullres", testLabelling(t))
			inside := make([]bool, len(c.in))
			for i, v := range c.in {
				inside[i] = v != 0
			}
			shape := [3]int{len(c.in), 1, 1}
			if err := pipeline.normalise(0, volume.NewGrid(shape, c.in), volume.NewGrid(shape, inside)); err != nil {
				t.Fatal(err)
			}
			for i, w := range c.want {
				if math.Abs(float64(c.in[i]-w)) > 1e-6 {
					t.Errorf("got %v, want %v", c.in, c.want)
					break
				}
			}
		})
	}
}

func TestRunRefusesBadCases(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*volume.Image, *volume.Labels)
		want  string
	}{
		"zero spacing":     {func(im *volume.Image, _ *volume.Labels) { im.Spacing[1] = 0 }, "spacing"},
		"negative spacing": {func(im *volume.Image, _ *volume.Labels) { im.Spacing[0] = -2 }, "spacing"},
		"NaN spacing":      {func(im *volume.Image, _ *volume.Labels) { im.Spacing[2] = math.NaN() }, "spacing"},
		"missing channel":  {func(im *volume.Image, _ *volume.Labels) { im.Channels, im.Data = 1, im.Data[:im.Voxels()] }, "1 channels, the plan is for 2"},
		"other shape": {func(_ *volume.Image, l *volume.Labels) {
			*l = *volume.NewLabels(volume.NewGeometry([3]int{1, 2, 3}, [3]float64{1, 1, 1}))
		}, "the labels have shape [1 2 3]"},
		"huge label": {func(_ *volume.Image, l *volume.Labels) { l.Data[5] = 40000 }, "40000"},
	} {
		t.Run(name, func(t *testing.T) {
			image, labels := testCase([3]int{6, 7, 8}, [3]float64{2, 1, 1})
			c.spoil(image, labels)
			_, err := pipelineOf(t, testPlans(), "3d_fullres", testLabelling(t)).Run(image, labels)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
	p := testPlans()
	p.Configurations[0].Normalisation[0].Scheme = plans.RGBTo1
	image, labels := testCase([3]int{6, 7, 8}, [3]float64{2, 1, 1})
	image.Data[100] = -3
	if _, err := pipelineOf(t, p, "3d_fullres", testLabelling(t)).Run(image, labels); err == nil || !strings.Contains(err.Error(), "channel 0") {
		t.Errorf("colours out of range: %v", err)
	}
}

func TestNewRefusesBadPlans(t *testing.T) {
	for name, spoil := range map[string]func(*plans.Plans){
		"transpose":     func(p *plans.Plans) { p.TransposeForward = [3]int{0, 0, 2} },
		"spacing":       func(p *plans.Plans) { p.Configurations[0].Spacing = []float64{1} },
		"scheme":        func(p *plans.Plans) { p.Configurations[0].Normalisation[1].Scheme = "Magic" },
		"intensities":   func(p *plans.Plans) { p.Intensities = nil },
		"function":      func(p *plans.Plans) { p.Configurations[0].ResampleData.Function = "guess" },
		"order":         func(p *plans.Plans) { p.Configurations[0].ResampleData.Order = 2 },
		"label order":   func(p *plans.Plans) { p.Configurations[0].ResampleLabels.Order = 3 },
		"no channels":   func(p *plans.Plans) { p.Configurations[0].Normalisation = nil },
		"configuration": func(p *plans.Plans) { p.Configurations[0].Name = "2d" },
	} {
		t.Run(name, func(t *testing.T) {
			p := testPlans()
			spoil(p)
			if _, err := New(p, "3d_fullres", testLabelling(t)); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestUnusualCases(t *testing.T) {
	for name, c := range map[string]struct {
		shape   [3]int
		spacing [3]float64
		zero    bool
		want    [3]int
	}{
		"one voxel":  {[3]int{1, 1, 1}, [3]float64{1, 1, 1}, false, [3]int{1, 1, 1}},
		"tiny voxel": {[3]int{1, 1, 1}, [3]float64{0.1, 0.1, 0.1}, false, [3]int{1, 1, 1}},
		"one slice":  {[3]int{1, 12, 12}, [3]float64{1.2, 0.5, 0.5}, false, [3]int{1, 6, 6}},
		"all zero":   {[3]int{4, 5, 6}, [3]float64{2, 1, 1}, true, [3]int{8, 5, 6}},
	} {
		t.Run(name, func(t *testing.T) {
			image, labels := testCase(c.shape, c.spacing)
			if c.zero {
				clear(image.Data)
				clear(labels.Data)
			}
			s, err := pipelineOf(t, testPlans(), "3d_fullres", testLabelling(t)).Run(image, labels)
			if err != nil {
				t.Fatal(err)
			}
			if s.Shape != c.want {
				t.Errorf("shape %v, want %v", s.Shape, c.want)
			}
			for i, v := range s.Data {
				if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
					t.Fatalf("value %d is %v", i, v)
				}
			}
			if len(s.Labels)*2 != len(s.Data) || len(s.Locations) != 1 {
				t.Errorf("%d labels and %d classes for %d values", len(s.Labels), len(s.Locations), len(s.Data))
			}
			back, err := s.Trail.RestoreLabels(testLabelling(t), Logits{Shape: s.Shape, Data: make([]float32, len(s.Data))}, RestoreOptions{})
			if err != nil || back.Shape != c.shape {
				t.Errorf("restored to %v (%v), want %v", back.Shape, err, c.shape)
			}
		})
	}
}

func TestRunSameForAnyWorkers(t *testing.T) {
	image, labels := testCase([3]int{11, 33, 30}, [3]float64{3.5, 0.8, 1.1})
	original := slices.Clone(image.Data)
	pipeline := pipelineOf(t, testPlans(), "3d_fullres", testLabelling(t))
	pipeline.Workers = 0
	want, err := pipeline.Run(image, labels)
	if err != nil {
		t.Fatal(err)
	}
	pipeline.Workers = 5
	got, err := pipeline.Run(image, labels)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Data, want.Data) || !slices.Equal(got.Labels, want.Labels) {
		t.Error("five workers give other values than one")
	}
	if !slices.Equal(image.Data, original) {
		t.Error("the image was changed")
	}
}

// The announced peak counts every array that Run makes, besides the case itself.
func TestMemoryCountsWhatRunAllocates(t *testing.T) {
	shape, spacing := [3]int{32, 64, 64}, [3]float64{1.5, 1.2, 1.1}
	image, labels := testCase(shape, spacing)
	pipeline := pipelineOf(t, testPlans(), "3d_fullres", testLabelling(t))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, err := pipeline.Run(image, labels)
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	given := int64(len(image.Data)*4 + len(labels.Data)*2)
	// Two things come after the peak: the second channel's buffer, and the label arrays.
	later := int64(volume.CubicMemory(s.Shape, s.Trail.Cropped)) + 2*(voxels(s.Trail.Cropped)+voxels(s.Shape))
	announced := Memory(s.Trail.Cropped, 2, s.Shape) - programBytes - given + later
	allocated := int64(after.TotalAlloc - before.TotalAlloc)
	if ratio := float64(allocated) / float64(announced); ratio < 0.85 || ratio > 1.35 {
		t.Errorf("allocated %d bytes, announced %d", allocated, announced)
	}
}

func TestRestoreRefusesOtherLogits(t *testing.T) {
	image, labels := testCase([3]int{6, 7, 8}, [3]float64{1, 1, 1})
	l := testLabelling(t)
	s, err := pipelineOf(t, testPlans(), "3d_fullres", l).Run(image, labels)
	if err != nil {
		t.Fatal(err)
	}
	n := s.Shape[0] * s.Shape[1] * s.Shape[2]
	for name, logits := range map[string]Logits{
		"heads": {Shape: s.Shape, Data: make([]float32, 3*n)},
		"shape": {Shape: [3]int{1, 1, n}, Data: make([]float32, 2*n)},
	} {
		if _, err := s.Trail.RestoreLabels(l, logits, RestoreOptions{}); err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, err := s.Trail.RestoreProbabilities(l, logits, RestoreOptions{}); err == nil {
			t.Errorf("%s: no error for probabilities", name)
		}
	}
}

// An order that cannot be done slice by slice takes another way to the same place.
func TestRestoreWithCubicProbabilities(t *testing.T) {
	image, labels := testCase([3]int{8, 9, 10}, [3]float64{2, 1.5, 1})
	l, p := testLabelling(t), testPlans()
	p.Configurations[0].ResampleProbabilities.Order = 3
	s, err := pipelineOf(t, p, "3d_fullres", l).Run(image, labels)
	if err != nil {
		t.Fatal(err)
	}
	n := len(s.Labels)
	logits := Logits{Shape: s.Shape, Data: make([]float32, 2*n)}
	for i, v := range s.Labels {
		logits.Data[n+i] = float32(v) - 0.5
	}
	got, err := s.Trail.RestoreLabels(l, logits, RestoreOptions{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i, v := range got.Data {
		if v != labels.Data[i] {
			wrong++
		}
	}
	if wrong > len(got.Data)/50 {
		t.Errorf("%d of %d labels changed on the way there and back", wrong, len(got.Data))
	}
}

func BenchmarkRun(b *testing.B) {
	image, labels := testCase([3]int{40, 128, 128}, [3]float64{1.5, 1.2, 1.1})
	pipeline, err := New(testPlans(), "3d_fullres", testLabelling(b))
	if err != nil {
		b.Fatal(err)
	}
	pipeline.Workers = 2
	b.SetBytes(int64(4 * len(image.Data)))
	for b.Loop() {
		if _, err := pipeline.Run(image, labels); err != nil {
			b.Fatal(err)
		}
	}
}
