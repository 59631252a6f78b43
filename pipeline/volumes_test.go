package pipeline

import (
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

func TestVolumes(t *testing.T) {
	labelling, err := dataset.NewLabelling([]dataset.Region{
		{Name: "background", Labels: []int{0}}, {Name: "liver", Labels: []int{1}}, {Name: "tumour, core", Labels: []int{2}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	labels := volume.NewLabels(volume.NewGeometry([3]int{2, 2, 2}, [3]float64{10, 5, 4})) // voxels of 0.2 mL
	copy(labels.Data, []uint16{1, 1, 1, 0, 0, 0, 0, 2})
	var out strings.Builder
	empty := volume.NewLabels(labels.Geometry)
	err = writeVolumes(&out, labelling, []string{"a", "b"}, [][]float64{millilitres(labels, labelling), millilitres(empty, labelling)})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "case,liver (mL),\"tumour, core (mL)\"\na,0.600,0.200\nb,0.000,0.000\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
