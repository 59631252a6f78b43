package network

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/engine/ref"
	"github.com/autoseg/autoseg/plans"
)

// planned returns a small architecture as the planner makes them, in 3D with thick slices, and its patch.
func planned(family, norm string, dimensions int) (plans.Architecture, []int) {
	a := arch(family, dimensions, []int{4, 6, 8, 8}, repeat(2, 4), repeat(2, 3))
	a.Norm = plans.Norm{Kind: norm, Epsilon: 1e-5, Affine: true}
	patch := []int{16, 24}
	if dimensions == 3 {
		patch = []int{8, 16, 24}
		a.Kernels[0], a.Strides[1] = []int{1, 3, 3}, []int{1, 2, 2}
	}
	switch family {
	case "vnet":
		a.Activation.Kind = plans.PReLU
	case "deconvnet":
		a.Kernels[3] = bottom(a, patch)
	case "fcn32s", "fcn16s", "fcn8s":
		a.DecoderConvolutions = nil
	}
	return a, patch
}

func bottom(a plans.Architecture, patch []int) []int {
	k := slices.Clone(patch)
	for i, d := range a.Divisor() {
		k[i] /= d
	}
	return k
}

// TestFamilies builds every network in 2D and 3D with every norm for several channels, holds its
// parameters against the arithmetic of Footprint, and takes a training step with the first values.
func TestFamilies(t *testing.T) {
	for _, family := range Families() {
		for _, norm := range []string{plans.NoNorm, plans.InstanceNorm, plans.BatchNorm} {
			for _, dimensions := range []int{2, 3} {
				a, patch := planned(family, norm, dimensions)
				t.Run(family+" "+norm+" "+[]string{"2D", "3D"}[dimensions-2], func(t *testing.T) {
					g := engine.NewGraph(engine.Float32)
					m, err := BuildFor(Training, g, a, g.Input("input", append(engine.Shape{2, 3}, patch...)), 4)
					if err != nil {
						t.Fatal(err)
					}
					want := int(Footprint(a, patch, 3, 4).Parameters)
					if m.Count() != want {
						t.Errorf("%d parameters, the footprint says %d", m.Count(), want)
					}
					if got, want := m.Outputs[0].Shape(), append(engine.Shape{2, 4}, patch...); !got.Equal(want) {
						t.Errorf("output %v, want %v", got, want)
					}
					if (norm == plans.BatchNorm) != (len(m.Statistics) > 0) {
						t.Errorf("%d batch norms", len(m.Statistics))
					}
					checkStep(t, g, m, patch)
				})
			}
		}
	}
}

// checkStep runs forward and backward once: every trainable parameter that the finest output depends on
// has a finite gradient, and the moments of every batch norm can be read.
func checkStep(t *testing.T, g *engine.Graph, m *Model, patch []int) {
	target := engine.Target{Parameters: m.Nodes()}
	var wrt []engine.Node
	err := engine.Build(func() error {
		cotangent := g.Input("cotangent", m.Outputs[0].Shape())
		scalar := op.InnerProduct(m.Outputs[0], cotangent)
		depends := engine.Dependencies(scalar)
		for _, p := range m.Parameters {
			if p.Trainable() && depends(p.Node) {
				wrt = append(wrt, p.Node)
			}
		}
		target.Inputs = []engine.Node{m.Input, cotangent}
		for _, s := range m.Statistics {
			target.Outputs = append(target.Outputs, s.Moments)
		}
		target.Outputs = append(target.Outputs, g.Gradients(scalar, wrt)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := engine.Compile(g, target, ref.New(1))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for name, v := range Initialise(m, 7) {
		if err := p.Set(name, engine.Array{F32: v}); err != nil {
			t.Fatal(err)
		}
	}
	inputs := make([]engine.Array, 2)
	for i, n := range target.Inputs {
		inputs[i] = engine.NewArray(engine.Float32, n.Shape())
		for k := range inputs[i].F32 {
			inputs[i].F32[k] = float32(math.Sin(float64(k*(i+3)) + 1))
		}
	}
	outputs := make([]engine.Array, len(target.Outputs))
	for i, s := range p.Outputs() {
		outputs[i] = engine.NewArray(engine.Float32, s)
	}
	if err := p.Run(context.Background(), engine.Moment{}, inputs, outputs); err != nil {
		t.Fatal(err)
	}
	for i, a := range outputs {
		for _, v := range a.F32 {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Fatalf("output or gradient %d holds %v", i, v)
			}
		}
	}
}

// TestFollow holds the running statistics against PyTorch's rule worked by hand: x = 1, 3 has mean 2,
// biased variance 1 and unbiased variance 2.
func TestFollow(t *testing.T) {
	s := Statistic{Count: 2, Epsilon: 0.25}
	mean, variance := []float32{10}, []float32{4}
	s.Follow(mean, variance, []float32{2, float32(1 / math.Sqrt(1.25))})
	if math.Abs(float64(mean[0])-9.2) > 1e-6 || math.Abs(float64(variance[0])-3.8) > 1e-6 {
		t.Errorf("mean %v, variance %v, want 9.2 and 3.8", mean[0], variance[0])
	}
}

// TestStarts checks the distribution of first values by family (architectures.md chapter 8).
func TestStarts(t *testing.T) {
	for name, c := range map[string]struct {
		config    Config
		parameter string
		deviation float64
		mean      float64
	}{
		"U-Net convolution":     {Config{Network: "unet"}, "enc.3.1.conv.weight", math.Sqrt(2. / (9 * 512)), 0},
		"U-Net upsampling":      {Config{Network: "unet"}, "ups.0.weight", math.Sqrt(2. / (4 * 1024)), 0},
		"FCN score":             {Config{Network: "fcn8s"}, "skip_scores.0.weight", 0, 0},
		"DeconvNet encoder":     {Config{Network: "deconvnet"}, "enc.3.1.conv.weight", math.Sqrt(2. / (9 * 512)), 0},
		"DeconvNet decoder":     {Config{Network: "deconvnet"}, "dec.0.1.weight", 0.01, 0},
		"DeconvNet shift":       {Config{Network: "deconvnet"}, "enc.3.1.norm.bias", 0, 0.001},
		"V-Net slope":           {Config{Network: "vnet"}, "enc.3.acts.1.weight", 0, 0.25},
		"Attention U-Net scale": {Config{Network: "attention_unet"}, "enc.4.1.norm.weight", 0.02, 1},
		"running variance":      {Config{Network: "attention_unet"}, "enc.4.1.norm.running_var", 0, 1},
	} {
		a, err := c.config.Architecture()
		if err != nil {
			t.Fatal(err)
		}
		m := build(t, &c.config, PublishedExtent(a)...)
		i := slices.IndexFunc(m.Parameters, func(p Parameter) bool { return p.Name == c.parameter })
		if i < 0 {
			t.Fatalf("%s: no parameter %s", name, c.parameter)
		}
		m.Parameters = m.Parameters[i : i+1] // the published networks have up to 250 million
		mean, squares := 0.0, 0.0
		data := Initialise(m, 3)[c.parameter]
		for _, v := range data {
			mean += float64(v) / float64(len(data))
		}
		for _, v := range data {
			squares += (float64(v) - mean) * (float64(v) - mean) / float64(len(data))
		}
		// Four standard errors of the mean and, for the deviation, ten percent (there are 256 values at least).
		if math.Abs(mean-c.mean) > 4*c.deviation/math.Sqrt(float64(len(data)))+1e-6 || math.Abs(math.Sqrt(squares)-c.deviation) > 0.1*c.deviation+1e-6 {
			t.Errorf("%s: mean %.4g, deviation %.4g, want %.4g and %.4g", name, mean, math.Sqrt(squares), c.mean, c.deviation)
		}
	}
}
