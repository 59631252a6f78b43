package randomrun

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/selection"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/weights"
)

// Write makes a run folder with random weights: the given models for the given channels.
func Write(t *testing.T, channels []string, models ...string) string {
	t.Helper()
	folder := t.TempDir()
	names := ""
	for i, c := range channels {
		names += fmt.Sprintf(`"%d": %q,`, i, c)
	}
	d, err := dataset.ParseJSON([]byte(`{"channel_names": {` + names[:len(names)-1] + `}, "labels": {"background": 0, "organ": 1, "tumour": 2}, "numTraining": 1, "file_ending": ".nii.gz"}`))
	if err != nil {
		t.Fatal(err)
	}
	s := selection.Selection{Configuration: models[0], Model: models[0], Models: models, Folds: []string{"0"}}
	if err := s.Write(folder); err != nil {
		t.Fatal(err)
	}
	for i, name := range models {
		writeModel(t, filepath.Join(folder, "models", name), d, uint64(i))
	}
	return folder
}

func writeModel(t *testing.T, dir string, d *dataset.Description, seed uint64) {
	t.Helper()
	p := smallPlans(len(d.Channels))
	c := p.Configurations[0]
	g := engine.NewGraph(engine.Float32)
	n, err := network.Build(g, c.Architecture, g.Input("input", append(engine.Shape{1, len(d.Channels)}, c.PatchSize...)), 3)
	if err != nil {
		t.Fatal(err)
	}
	var tensors []weights.Tensor
	values := network.Initialise(n, seed)
	for _, q := range n.Parameters {
		tensors = append(tensors, weights.Tensor{Name: q.Name, Shape: q.Node.Shape(), Data: values[q.Name]})
	}
	if err := os.MkdirAll(filepath.Join(dir, "fold_0"), 0o755); err != nil {
		t.Fatal(err)
	}
	metadata := model.Metadata{Configuration: c.Name, Fold: "0", MirrorAxes: []int{0}}
	if err := model.Write(filepath.Join(dir, "fold_0", "weights.safetensors"), tensors, metadata); err != nil {
		t.Fatal(err)
	}
	if err := p.Write(filepath.Join(dir, "plan.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := dataset.WriteJSON(filepath.Join(dir, "dataset.json"), d); err != nil {
		t.Fatal(err)
	}
}

// smallPlans has a network of two stages.
func smallPlans(channels int) *plans.Plans {
	a := plans.Architecture{Family: "plain", Dimensions: 3, Features: []int{4, 8}, Bias: true,
		Convolutions: []int{1, 1}, DecoderConvolutions: []int{1}, Kernels: [][]int{{3, 3, 3}, {3, 3, 3}}, Strides: [][]int{{1, 1, 1}, {2, 2, 2}},
		Norm: plans.Norm{Kind: "instance", Epsilon: 1e-5, Affine: true}, Activation: plans.Activation{Kind: "leaky_relu", Slope: 0.01}}
	spline := func(order int) plans.Resampling {
		return plans.Resampling{Function: "resample_data_or_seg_to_shape", Order: order}
	}
	p := &plans.Plans{Dataset: "Dataset900_Random", Name: "nnUNetPlans", Planner: "default", Network: "plain", MemoryGB: 8,
		MedianSpacing: [3]float64{2, 1, 1}, MedianShape: [3]int{12, 20, 18}, Reader: "SimpleITKIO", TransposeBackward: [3]int{0, 1, 2}, TransposeForward: [3]int{0, 1, 2},
		Configurations: []*plans.Configuration{{Name: "3d_fullres", DataIdentifier: "nnUNetPlans_3d_fullres", Preprocessor: "DefaultPreprocessor",
			BatchSize: 2, PatchSize: []int{8, 16, 16}, MedianShape: []float64{12, 20, 18}, Spacing: []float64{2, 1.2, 1}, Architecture: a,
			ResampleData: spline(3), ResampleLabels: spline(1), ResampleProbabilities: spline(1)}}}
	for range channels {
		p.Configurations[0].Normalisation = append(p.Configurations[0].Normalisation, plans.Normalisation{Scheme: plans.ZScore})
		p.Intensities = append(p.Intensities, plans.Intensity{Std: 100, Percentile005: -300, Percentile995: 300, Min: -1000, Max: 1000})
	}
	return p
}

// Image returns noise that lies obliquely in the world.
func Image(seed uint64) *volume.Image {
	g := volume.NewGeometry([3]int{11, 21, 19}, [3]float64{2.5, 1, 1})
	g.Origin, g.Direction = [3]float64{-40.5, 7, 100}, [9]float64{0, -1, 0, 1, 0, 0, 0, 0, 1}
	image := volume.NewImage(g, 1)
	rng := rand.New(rand.NewPCG(seed, 6))
	for i := range image.Data {
		image.Data[i] = float32(rng.IntN(401) - 200)
	}
	return image
}
