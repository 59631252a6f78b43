package augment

import (
	"math"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/random"
)

// example returns a pipeline and a function that fills patches with a ball in noise.
func example(t testing.TB, config Config) (*Pipeline, func(*Patch)) {
	t.Helper()
	p, err := Standard(config)
	if err != nil {
		t.Fatal(err)
	}
	shape := p.Enlarged()
	image := make([]float32, config.Channels*shape[0]*shape[1]*shape[2])
	labels := make([]int16, shape[0]*shape[1]*shape[2])
	rng := random.Derive(6, "test")
	for i := range image {
		image[i] = float32(rng.NormFloat64())
	}
	for i := range labels {
		z, y, x := i/(shape[1]*shape[2])-shape[0]/2, i/shape[2]%shape[1]-shape[1]/2, i%shape[2]-shape[2]/2
		switch d := z*z + y*y + x*x; {
		case d < 100:
			labels[i] = 1
		case d < 200:
			labels[i] = 2
		case y < -shape[1]/3:
			labels[i] = -1
		}
	}
	return p, func(patch *Patch) {
		p.Reset(patch)
		copy(patch.Data, image)
		copy(patch.Labels, labels)
		if patch.Previous != nil {
			copy(patch.Previous, labels)
		}
	}
}

var hippocampus = Config{
	PatchSize: []int{40, 56, 40}, Channels: 1, Masked: []bool{false}, Ignore: -1,
	Levels: [][]float64{{1, 1, 1}, {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}},
}

func newTargets(p *Pipeline) [][]float32 {
	var r [][]float32
	for _, s := range p.Target().Shapes {
		r = append(r, make([]float32, p.Target().Channels()*s[0]*s[1]*s[2]))
	}
	return r
}

func TestPipelineShapes(t *testing.T) {
	cases := map[string]Config{
		"3d":      hippocampus,
		"2d":      {PatchSize: []int{56, 40}, Channels: 2, Masked: []bool{true, false}, Ignore: -1, Levels: [][]float64{{1, 1}, {0.5, 0.5}}},
		"dummy":   {PatchSize: []int{8, 40, 32}, Channels: 1, Ignore: 3, Regions: [][]int{{1, 2}, {2}}, Levels: [][]float64{{1, 1, 1}, {1, 0.5, 0.5}}},
		"cascade": {PatchSize: []int{24, 24, 24}, Channels: 1, Ignore: -1, Previous: []int{1, 2}, Levels: [][]float64{{1, 1, 1}}},
	}
	for name, config := range cases {
		t.Run(name, func(t *testing.T) {
			p, fill := example(t, config)
			patch, targets := p.NewPatch(), newTargets(p)
			for i := range 60 {
				fill(patch)
				p.Apply(patch, random.Derive(7, "test", i))
				p.Target().Write(targets, patch)
				if patch.Shape != p.Size() || patch.Channels != p.Channels() || len(patch.Data) != p.Channels()*patch.Voxels() {
					t.Fatalf("shape %v with %d channels", patch.Shape, patch.Channels)
				}
				if slices.Min(patch.Labels) < 0 || slices.Max(targets[0]) > 2 || slices.Min(targets[0]) < 0 {
					t.Fatal("labels out of range")
				}
				for _, v := range patch.Data {
					if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
						t.Fatal("the image has become infinite")
					}
				}
			}
		})
	}
}

func TestPipelineDependsOnTheStreamAlone(t *testing.T) {
	p, fill := example(t, hippocampus)
	a, b := p.NewPatch(), p.NewPatch()
	for i := range 20 {
		fill(a)
		p.Apply(a, random.Derive(8, "test", i))
		if i%3 == 0 {
			b = p.NewPatch() // used patches must behave like new ones
		}
		fill(b)
		p.Apply(b, random.Derive(8, "test", i))
		if !slices.Equal(a.Data, b.Data) || !slices.Equal(a.Labels, b.Labels) {
			t.Fatalf("sample %d differs", i)
		}
	}
}

func TestConstantImageStaysFinite(t *testing.T) {
	patch := &Patch{}
	patch.Reset([3]int{4, 4, 4}, 1)
	for i := range patch.Data {
		patch.Data[i] = 3
	}
	GammaParams{Exponent: 1.3}.Apply(patch.Data)
	ContrastParams{1.2}.Apply(patch.Data)
	for _, v := range patch.Data {
		if v != 3 {
			t.Fatalf("a constant image became %v", v)
		}
	}
}

func TestNothingAllocatesInTheSteadyState(t *testing.T) {
	p, fill := example(t, hippocampus)
	patch, targets := p.NewPatch(), newTargets(p)
	rng := random.Derive(9, "test")
	once := func() {
		fill(patch)
		p.Apply(patch, rng)
		p.Target().Write(targets, patch)
	}
	for range 40 {
		once()
	}
	if n := testing.AllocsPerRun(40, once); n != 0 {
		t.Errorf("%v allocations per sample, want none", n)
	}
}

func TestConfigRefusesNonsense(t *testing.T) {
	good := hippocampus
	cases := map[string]func(*Config){
		"one axis":     func(c *Config) { c.PatchSize = []int{3} },
		"empty patch":  func(c *Config) { c.PatchSize = []int{3, 0, 3} },
		"no channel":   func(c *Config) { c.Channels = 0 },
		"masks":        func(c *Config) { c.Masked = make([]bool, 2) },
		"no level":     func(c *Config) { c.Levels = nil },
		"level axes":   func(c *Config) { c.Levels = [][]float64{{1, 1}} },
		"mirror axis":  func(c *Config) { c.MirrorAxes = []int{3} },
		"negative one": func(c *Config) { c.MirrorAxes = []int{-1} },
	}
	for name, change := range cases {
		c := good
		change(&c)
		if err := c.Validate(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}

func BenchmarkStandard(b *testing.B) {
	p, fill := example(b, hippocampus)
	patch, targets := p.NewPatch(), newTargets(p)
	for i := 0; b.Loop(); i++ {
		fill(patch)
		p.Apply(patch, random.Derive(10, "test", i))
		p.Target().Write(targets, patch)
	}
}

func BenchmarkTransforms(b *testing.B) {
	p, fill := example(b, hippocampus)
	rotation := SpatialParams{Affine: Affine([3]float64{0.3, -0.2, 0.4}, 1.1)}
	cases := []struct {
		name  string
		apply func(*Patch)
	}{
		{"fill", func(*Patch) {}},
		{"crop", func(patch *Patch) { SpatialParams{Identity: true}.Apply(patch, p.size) }},
		{"rotation", func(patch *Patch) { rotation.Apply(patch, p.size) }},
		{"noise", func(patch *Patch) { Noise{Interval{0, 0.1}}.Apply(patch, random.Derive(1, "b")) }},
		{"blur", func(patch *Patch) { BlurParams{[3]float64{0.8, 0.8, 0.8}}.Apply(patch, 0) }},
		{"contrast", func(patch *Patch) { ContrastParams{1.1}.Apply(patch.Channel(0)) }},
		{"lowres", func(patch *Patch) { LowResolutionParams{[3]float64{0.7, 0.7, 0.7}}.Apply(patch, 0) }},
		{"gamma", func(patch *Patch) { GammaParams{Exponent: 1.2}.Apply(patch.Channel(0)) }},
		{"mirror", func(patch *Patch) { MirrorParams{[3]bool{true, true, true}}.Apply(patch) }},
	}
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			patch := p.NewPatch()
			for b.Loop() {
				fill(patch)
				if c.name != "crop" && c.name != "rotation" {
					SpatialParams{Identity: true}.Apply(patch, p.size)
				}
				c.apply(patch)
			}
		})
	}
}
