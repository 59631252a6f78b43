package trainer

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/internal/random"
	"github.com/autoseg/autoseg/plans"
)

// fake is a Stepper whose single parameter depends on every bit of every batch, of the rate and of the
// order of updates: two trainings that end with the same one have done the same.
type fake struct {
	w, v    []float32
	classes int
	rates   []float64
	// poison makes the loss NaN at an update, as long as the rate is high.
	poison func(moment engine.Moment) bool
}

func newFake(p problem) (Stepper, func(uint64) map[string][]float32, error) {
	f := &fake{w: make([]float32, 4), v: make([]float32, 4), classes: p.classes}
	return f, func(seed uint64) map[string][]float32 {
		rng := random.Derive(seed, "fake")
		return map[string][]float32{"w": {rng.Float32(), rng.Float32(), rng.Float32(), rng.Float32()}}
	}, nil
}

func digest(b *Batch) float64 {
	h := fnv.New64a()
	word := make([]byte, 4)
	for _, part := range append([][]float32{b.Image}, b.Targets...) {
		for _, v := range part {
			bits := math.Float32bits(v)
			word[0], word[1], word[2], word[3] = byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24)
			h.Write(word)
		}
	}
	return float64(h.Sum64()) / math.MaxUint64
}

func (f *fake) Step(_ context.Context, m engine.Moment, b *Batch) (float64, error) {
	d := digest(b)
	f.rates = append(f.rates, m.Rate)
	if f.poison != nil && f.poison(m) {
		f.w[0] = float32(math.NaN())
		return math.NaN(), nil
	}
	for i := range f.v {
		f.v[i] = 0.9*f.v[i] + float32(d)*float32(i+1)
		f.w[i] -= float32(m.Rate)*f.v[i] + float32(m.Step)*1e-7
	}
	return d, nil
}

// Evaluate finds more of the target the longer the training goes on.
func (f *fake) Evaluate(_ context.Context, b *Batch, logits []float32) (float64, error) {
	voxels := len(b.Targets[0])
	n := voxels / len(b.Cases)
	for i := range logits {
		logits[i] = 0
	}
	for i, y := range b.Targets[0] {
		sample, at := i/n, i%n
		c := int(y)
		if (i*7+int(1000*math.Abs(float64(f.w[0]))))%10 < 3 {
			c = (c + 1) % f.classes
		}
		logits[(sample*f.classes+c)*n+at] = 1
	}
	return digest(b), nil
}

func (f *fake) Residents() []engine.Resident {
	return []engine.Resident{{Name: "w", Shape: engine.Shape{4}}, {Name: "w#0", Shape: engine.Shape{4}}}
}

func (f *fake) of(name string) []float32 {
	if name == "w" {
		return f.w
	}
	return f.v
}

func (f *fake) Get(name string, into []float32) error  { copy(into, f.of(name)); return nil }
func (f *fake) Set(name string, value []float32) error { copy(f.of(name), value); return nil }
func (f *fake) Close() error                           { return nil }

// testJob writes a few small cases to dir, unless they are there, and returns a job that trains on them
// with a fake network.
func testJob(t testing.TB, dir string) Job {
	t.Helper()
	store, err := dataset.OpenStore(dir + "/store")
	if err != nil {
		t.Fatal(err)
	}
	if len(store.Cases()) == 0 {
		for k := range 5 {
			if err := store.Put(testRecord(k)); err != nil {
				t.Fatal(err)
			}
		}
	}
	ids := store.Cases()
	split := dataset.Fold{Train: ids[:3:3], Validation: ids[3:]}
	labelling, err := dataset.NewLabelling([]dataset.Region{
		{Name: "background", Labels: []int{0}}, {Name: "a", Labels: []int{1}}, {Name: "b", Labels: []int{2}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	config := Default()
	config.Epochs, config.Iterations, config.ValidationIterations = 3, 4, 2
	return Job{
		Config: config, Labelling: labelling, Store: store, Split: split, Folder: dir + "/fold_0",
		Configuration: &plans.Configuration{
			Name: "3d_fullres", BatchSize: 2, PatchSize: []int{8, 8, 8}, Normalisation: []plans.Normalisation{{Scheme: plans.ZScore}},
			Architecture: plans.Architecture{
				Family: "plain", Dimensions: 3, Features: []int{4, 8}, Strides: [][]int{{1, 1, 1}, {2, 2, 2}}, Kernels: [][]int{{3, 3, 3}, {3, 3, 3}},
				Convolutions: []int{1, 1}, DecoderConvolutions: []int{1}, Bias: true,
				Norm: plans.Norm{Kind: "instance", Epsilon: 1e-5, Affine: true}, Activation: plans.Activation{Kind: "leaky_relu", Slope: 0.01},
			},
		},
		stepper: newFake,
	}
}

func testRecord(k int) *dataset.Record {
	shape := [3]int{12 + k, 14, 11}
	n := shape[0] * shape[1] * shape[2]
	r := &dataset.Record{ID: fmt.Sprintf("case_%d", k), Channels: 1, Shape: shape, Data: make([]float32, n), Labels: make([]int16, n)}
	rng := random.Derive(uint64(k), "test case")
	classes := []dataset.ClassLocations{{Key: "1", Labels: []int{1}}, {Key: "2", Labels: []int{2}}}
	for i := range n {
		z, y, x := i/(shape[1]*shape[2]), i/shape[2]%shape[1], i%shape[2]
		d := (z-6)*(z-6) + (y-7)*(y-7) + (x-5)*(x-5)
		switch {
		case d < 9:
			r.Labels[i] = 1
		case d < 20:
			r.Labels[i] = 2
		}
		r.Data[i] = float32(rng.NormFloat64()*0.3) + float32(r.Labels[i])
		if l := r.Labels[i]; l > 0 {
			classes[l-1].Voxels = append(classes[l-1].Voxels, [3]int32{int32(z), int32(y), int32(x)})
		}
	}
	r.Locations = classes
	return r
}
