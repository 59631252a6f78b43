package predict

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/weights"
)

// synthetic describes a predictor with random weights for noise.
type synthetic struct {
	patch, features []int
	spacing         []float64 // target
	forward         [3]int
	across          int // order across slices
	labels          dataset.Labelling
	folds           int
	mirror          []int
	workers         int
	unpadded        bool // an unpadded U-Net in place of nnU-Net's, without norm
}

func labelling(t testing.TB, classes int) dataset.Labelling {
	t.Helper()
	regions := []dataset.Region{{Name: "background", Labels: []int{0}}}
	for i := 1; i < classes; i++ {
		regions = append(regions, dataset.Region{Name: string(rune('a'+i%26)) + string(rune('a'+i/26)), Labels: []int{i}})
	}
	l, err := dataset.NewLabelling(regions, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (s synthetic) plans() *plans.Plans {
	dimensions, stages := len(s.patch), len(s.features)
	a := plans.Architecture{Family: "plain", Dimensions: dimensions, Features: s.features, Bias: true,
		Convolutions: slices.Repeat([]int{1}, stages), DecoderConvolutions: slices.Repeat([]int{1}, stages-1),
		Norm: plans.Norm{Kind: "instance", Epsilon: 1e-5, Affine: true}, Activation: plans.Activation{Kind: "leaky_relu", Slope: 0.01}}
	if s.unpadded {
		a.Family, a.Norm.Kind, a.Options = "unet", plans.NoNorm, map[string]any{"padding": "valid"}
	}
	for i := range stages {
		a.Kernels = append(a.Kernels, slices.Repeat([]int{3}, dimensions))
		a.Strides = append(a.Strides, slices.Repeat([]int{min(2, i+1)}, dimensions))
	}
	spline := func(order, across int) plans.Resampling {
		return plans.Resampling{Function: "resample_data_or_seg_to_shape", Order: order, OrderZ: across}
	}
	p := &plans.Plans{TransposeForward: s.forward, Configurations: []*plans.Configuration{{
		Name: "test", Spacing: s.spacing, PatchSize: s.patch, BatchSize: 1, Architecture: a,
		Normalisation: []plans.Normalisation{{Scheme: plans.ZScore}},
		ResampleData:  spline(3, 0), ResampleLabels: spline(1, 0), ResampleProbabilities: spline(1, s.across),
	}}}
	for i, axis := range s.forward {
		p.TransposeBackward[axis] = i
	}
	return p
}

func (s synthetic) config(t testing.TB) Config {
	t.Helper()
	executor, err := cpu.New(cpu.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { executor.Close() })
	c := Config{Plans: s.plans(), Configuration: "test", Labelling: s.labels, MirrorAxes: s.mirror, Workers: s.workers, Executor: executor}
	for fold := range s.folds {
		c.Folds = append(c.Folds, randomWeights(t, c.Plans.Configurations[0], s.labels.Heads(), uint64(fold+1)))
	}
	return c
}

func randomWeights(t testing.TB, c *plans.Configuration, classes int, seed uint64) []weights.Tensor {
	t.Helper()
	g := engine.NewGraph(engine.Float32)
	m, err := network.Build(g, c.Architecture, g.Input("input", append(engine.Shape{1, 1}, c.PatchSize...)), classes)
	if err != nil {
		t.Fatal(err)
	}
	values := network.Initialise(m, seed)
	var tensors []weights.Tensor
	for _, p := range m.Parameters {
		tensors = append(tensors, weights.Tensor{Name: p.Name, Shape: p.Node.Shape(), Data: values[p.Name]})
	}
	return tensors
}

func (s synthetic) predictor(t testing.TB, c Config) *Predictor {
	t.Helper()
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// noiseImage has a border of zeros of the given width.
func noiseImage(shape [3]int, spacing [3]float64, border int) *volume.Image {
	im := volume.NewImage(volume.NewGeometry(shape, spacing), 1)
	rng := rand.New(rand.NewPCG(4, 2))
	for i := range im.Data {
		z, y, x := i/shape[2]/shape[1], i/shape[2]%shape[1], i%shape[2]
		if min(z, y, x, shape[0]-1-z, shape[1]-1-y, shape[2]-1-x) >= border {
			im.Data[i] = float32(rng.NormFloat64()) + float32(x)/8
		}
	}
	return im
}
