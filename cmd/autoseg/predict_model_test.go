package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/nifti"
	"github.com/autoseg/autoseg/weights"
)

// randomModel describes a model folder with random weights for one channel at 2 mm.
type randomModel struct {
	classes, folds int
	patch          []int
	features       []int
}

// write makes the folder.
func (m randomModel) write(t *testing.T, dir string) {
	t.Helper()
	labels := `"background": 0`
	for i := 1; i < m.classes; i++ {
		labels += fmt.Sprintf(`, "organ %d": %d`, i, i)
	}
	description, err := dataset.ParseJSON([]byte(`{"channel_names": {"0": "CT"}, "labels": {` + labels + `}, "numTraining": 1, "file_ending": ".nii.gz"}`))
	if err != nil {
		t.Fatal(err)
	}
	p := m.plans()
	g := engine.NewGraph(engine.Float32)
	n, err := network.Build(g, p.Configurations[0].Architecture, g.Input("input", append(engine.Shape{1, 1}, m.patch...)), m.classes)
	if err != nil {
		t.Fatal(err)
	}
	for fold := range m.folds {
		folder := filepath.Join(dir, fmt.Sprintf("fold_%d", fold))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		var tensors []weights.Tensor
		values := network.Initialise(n, uint64(fold))
		for _, q := range n.Parameters {
			tensors = append(tensors, weights.Tensor{Name: q.Name, Shape: q.Node.Shape(), Data: values[q.Name]})
		}
		metadata := model.Metadata{Configuration: "3d_fullres", Fold: fmt.Sprint(fold), MirrorAxes: []int{0, 1, 2}}
		if err := model.Write(filepath.Join(folder, "weights.safetensors"), tensors, metadata); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Write(filepath.Join(dir, "plan.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := dataset.WriteJSON(filepath.Join(dir, "dataset.json"), description); err != nil {
		t.Fatal(err)
	}
}

func (m randomModel) plans() *plans.Plans {
	stages := len(m.features)
	a := plans.Architecture{Family: "plain", Dimensions: 3, Features: m.features, Bias: true,
		Convolutions: slices.Repeat([]int{2}, stages), DecoderConvolutions: slices.Repeat([]int{2}, stages-1),
		Norm: plans.Norm{Kind: "instance", Epsilon: 1e-5, Affine: true}, Activation: plans.Activation{Kind: "leaky_relu", Slope: 0.01}}
	for i := range stages {
		a.Kernels = append(a.Kernels, []int{3, 3, 3})
		a.Strides = append(a.Strides, slices.Repeat([]int{min(2, i+1)}, 3))
	}
	spline := func(order int) plans.Resampling {
		return plans.Resampling{Function: "resample_data_or_seg_to_shape", Order: order}
	}
	return &plans.Plans{Dataset: "Dataset900_Random", Name: "nnUNetPlans", Planner: "default", Network: "plain", MemoryGB: 8,
		MedianSpacing: [3]float64{1, 1, 1}, MedianShape: [3]int{200, 128, 128}, Reader: "SimpleITKIO",
		TransposeForward: [3]int{0, 1, 2}, TransposeBackward: [3]int{0, 1, 2},
		Intensities: []plans.Intensity{{Mean: 0, Std: 100, Median: 0, Percentile005: -300, Percentile995: 300, Min: -1000, Max: 1000}},
		Configurations: []*plans.Configuration{{Name: "3d_fullres", DataIdentifier: "nnUNetPlans_3d_fullres", Preprocessor: "DefaultPreprocessor",
			BatchSize: 2, PatchSize: m.patch, MedianShape: []float64{100, 64, 64}, Spacing: []float64{2, 2, 2}, Architecture: a,
			Normalisation: []plans.Normalisation{{Scheme: plans.CT}}, ResampleData: spline(3), ResampleLabels: spline(1), ResampleProbabilities: spline(1)}}}
}

// writeNoise writes an image of noise at 1 mm.
func writeNoise(t *testing.T, path string, shape [3]int, spacing [3]float64) {
	t.Helper()
	image := volume.NewImage(volume.NewGeometry(shape, spacing), 1)
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range image.Data {
		image.Data[i] = float32(rng.IntN(401) - 200)
	}
	if err := nifti.WriteImage(path, image); err != nil {
		t.Fatal(err)
	}
}
