package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/planner"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/weights"
)

// untrained writes a model with the weights that training starts from.
func untrained(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	labelling, err := dataset.NewLabelling([]dataset.Region{{Name: "background", Labels: []int{0}}, {Name: "organ", Labels: []int{1}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, c := tinyPlan(t)
	g := engine.NewGraph(engine.Float32)
	m, err := network.Build(g, c.Architecture, g.Input("image", append(engine.Shape{1, 1}, c.PatchSize...)), labelling.Heads())
	if err != nil {
		t.Fatal(err)
	}
	first := network.Initialise(m, 1)
	var tensors []weights.Tensor
	for _, parameter := range m.Parameters {
		tensors = append(tensors, weights.Tensor{Name: parameter.Name, Shape: parameter.Node.Shape(), Data: first[parameter.Name]})
	}
	if err := os.Mkdir(filepath.Join(dir, "fold_0"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		p.Write(filepath.Join(dir, "plan.yaml")),
		dataset.WriteJSON(filepath.Join(dir, "dataset.json"), &dataset.Description{Channels: []string{"MR"}, Labelling: labelling, FileEnding: ".nii.gz", NumTraining: 1}),
		model.Write(filepath.Join(dir, "fold_0", "weights.safetensors"), tensors, model.Metadata{Configuration: c.Name, Fold: "0", Epoch: 1, MirrorAxes: []int{0}}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tinyPlan is the 3D plan of a dataset of one small image.
func tinyPlan(t *testing.T) (*plans.Plans, *plans.Configuration) {
	t.Helper()
	p, err := planner.Plan(planner.Input{
		Dataset: "Dataset999_Tiny", Shapes: [][3]int{{10, 12, 9}}, Spacings: [][3]float64{{1, 1, 1}},
		Intensities: []plans.Intensity{{Mean: 4, Std: 2, Max: 7, Min: 1, Median: 4, Percentile005: 1, Percentile995: 7}}, RelativeSize: 1,
		Channels: []string{"MR"}, LabelEntries: 2, NumTraining: 1, Reader: "SimpleITKIO",
	}, planner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Configuration("3d_fullres")
	if err != nil {
		t.Fatal(err)
	}
	return p, c
}

func TestSegment(t *testing.T) {
	image := volume.NewImage(volume.NewGeometry([3]int{10, 12, 9}, [3]float64{1, 1, 1}), 1)
	for i := range image.Data {
		image.Data[i] = float32(i%7) + 1
	}
	var out strings.Builder
	if err := segment(context.Background(), &out, untrained(t), image); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "organ: ") {
		t.Errorf("got %q", out.String())
	}
}
