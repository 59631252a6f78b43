package preprocess

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
	"github.com/google/go-cmp/cmp"
)

// properties is what nnU-Net's preprocessor notes about a case.
type properties struct {
	Spacing       [3]float64     `json:"spacing"`
	Shape         [3]int         `json:"shape_before_cropping"`
	Box           [3][2]int      `json:"bbox_used_for_cropping"`
	Cropped       [3]int         `json:"shape_after_cropping_and_before_resampling"`
	LocationCount map[string]int `json:"class_locations_count"`
	Sitk          struct {
		Origin    [3]float64 `json:"origin"`
		Direction [9]float64 `json:"direction"`
	} `json:"sitk_stuff"`
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func readPlans(t *testing.T, path string) *plans.Plans {
	t.Helper()
	p, err := plans.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func pipelineOf(t *testing.T, p *plans.Plans, configuration string, l *dataset.Labelling) *Pipeline {
	t.Helper()
	pipeline, err := New(p, configuration, l)
	if err != nil {
		t.Fatal(err)
	}
	pipeline.Workers = 2
	return pipeline
}

// loadCase reads one case of a golden data set.
func loadCase(t *testing.T, d *dataset.Dataset, id string) (*volume.Image, *volume.Labels) {
	t.Helper()
	i := slices.IndexFunc(d.Cases, func(c dataset.Case) bool { return c.ID == id })
	if i < 0 {
		t.Fatalf("no case %s", id)
	}
	image, err := d.Image(d.Cases[i])
	if err != nil {
		t.Fatal(err)
	}
	labels, err := d.Labels(d.Cases[i])
	if err != nil {
		t.Fatal(err)
	}
	return image, labels
}

func TestPreprocessEqualsNnunet(t *testing.T) {
	root := golden.Shared(t, "golden", "preprocess")
	cases, err := filepath.Glob(filepath.Join(root, "*", "*", "*_data.npy"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("no goldens in %s (%v)", root, err)
	}
	for _, path := range cases {
		prefix := strings.TrimSuffix(path, "_data.npy")
		configuration, id := filepath.Base(filepath.Dir(prefix)), filepath.Base(prefix)
		dir := filepath.Dir(filepath.Dir(prefix))
		t.Run(filepath.Base(dir)+"/"+configuration+"/"+id, func(t *testing.T) {
			d, err := dataset.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			image, labels := loadCase(t, d, id)
			p := readPlans(t, filepath.Join(dir, "plans.json"))
			s, err := pipelineOf(t, p, configuration, &d.Labelling).Run(image, labels)
			if err != nil {
				t.Fatal(err)
			}
			compareSample(t, s, prefix)
		})
	}
}

func compareSample(t *testing.T, s *Sample, prefix string) {
	want := golden.Npy(t, prefix+"_data.npy")
	if got := [4]int{s.Channels, s.Shape[0], s.Shape[1], s.Shape[2]}; got != [4]int(want.Shape) {
		t.Fatalf("shape %v, want %v", got, want.Shape)
	}
	golden.Close(t, "data", s.Data, want, 1e-4)
	golden.Close(t, "labels", s.Labels, golden.Npy(t, prefix+"_seg.npy"), 0)
	t.Logf("largest difference of the image %g", golden.LargestDifference(s.Data, want))

	var p properties
	readJSON(t, prefix+"_properties.json", &p)
	got := properties{
		Spacing: s.Trail.FileSpacing, Shape: s.Trail.ShapeBeforeCropping, Box: s.Trail.Box, Cropped: s.Trail.Cropped,
		LocationCount: p.LocationCount,
	}
	got.Sitk.Origin, got.Sitk.Direction = s.Trail.Origin, s.Trail.Direction
	if d := cmp.Diff(p, got); d != "" {
		t.Errorf("properties: %s", d)
	}

	locations := golden.Npz(t, prefix+"_class_locations.npz")
	if len(locations) != len(s.Locations) {
		t.Errorf("%d classes with locations, want %d", len(s.Locations), len(locations))
	}
	for _, c := range s.Locations {
		want, ok := locations[c.Key]
		if !ok {
			t.Errorf("no class %s", c.Key)
			continue
		}
		var rows []int32
		for _, v := range c.Voxels {
			rows = append(rows, 0, v[0], v[1], v[2])
		}
		golden.Close(t, "class "+c.Key, rows, want, 0)
	}
}

// exportTrail makes the trail of a golden export, whose inputs come without the image.
func exportTrail(t *testing.T, p *Pipeline, path string) Trail {
	var props properties
	readJSON(t, path, &props)
	g := volume.Geometry{Spacing: props.Spacing, Origin: props.Sitk.Origin, Direction: props.Sitk.Direction}
	var box volume.Box
	for i, axis := range p.forward {
		g.Shape[axis] = props.Shape[i]
		box.Start[i], box.End[i] = props.Box[i][0], props.Box[i][1]
	}
	return p.trail(&volume.Image{Geometry: g}, box)
}

func TestRestoreEqualsNnunet(t *testing.T) {
	root := golden.Shared(t, "golden", "export")
	dirs, _ := filepath.Glob(filepath.Join(root, "*"))
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			d, err := dataset.ReadJSON(filepath.Join(dir, "dataset.json"))
			if err != nil {
				t.Fatal(err)
			}
			pipeline := pipelineOf(t, readPlans(t, filepath.Join(dir, "plans.json")), "3d_fullres", &d.Labelling)
			trail := exportTrail(t, pipeline, filepath.Join(dir, "properties.json"))
			in := golden.Npy(t, filepath.Join(dir, "logits.npy"))
			logits := Logits{Shape: [3]int(in.Shape[1:]), Data: in.Float32()}
			want := golden.Npy(t, filepath.Join(dir, "segmentation.npy"))
			labels, err := trail.RestoreLabels(&d.Labelling, logits, RestoreOptions{Workers: 2})
			if err != nil {
				t.Fatal(err)
			}
			golden.Close(t, "labels", labels.Data, want, 0)
			probabilities, err := trail.RestoreProbabilities(&d.Labelling, logits, RestoreOptions{Workers: 2})
			if err != nil {
				t.Fatal(err)
			}
			wantP := golden.Npy(t, filepath.Join(dir, "probabilities.npy"))
			tolerance := 1e-6
			if wantP.Dtype == "<f2" {
				tolerance = 5e-4 // half a step of half precision just below 1
			}
			golden.Close(t, "probabilities", probabilities.Data, wantP, tolerance)
			var heads [][]float32
			for i := range probabilities.Channels {
				heads = append(heads, probabilities.Channel(i).Data)
			}
			decoded := make([]uint16, len(labels.Data))
			d.Labelling.DecodeProbabilities(decoded, heads)
			golden.Close(t, "labels from probabilities", decoded, want, 0)
		})
	}
}

func TestCascadeInputEqualsNnunet(t *testing.T) {
	root := golden.Shared(t, "golden", "cascade")
	d, err := dataset.ReadJSON(filepath.Join(root, "model", "dataset.json"))
	if err != nil {
		t.Fatal(err)
	}
	p := readPlans(t, filepath.Join(root, "model", "plans.json"))
	pipeline := pipelineOf(t, p, "3d_cascade_fullres", &d.Labelling)
	image, err := dataset.Formats().Read(filepath.Join(root, "imagesTs", "case_000_0000.nii.gz"))
	if err != nil {
		t.Fatal(err)
	}
	previous, err := dataset.Formats().ReadLabels(filepath.Join(root, "previous_stage", "case_000.nii.gz"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := pipeline.RunCascade(image, previous)
	if err != nil {
		t.Fatal(err)
	}
	golden.Close(t, "previous stage", s.Labels, golden.Npy(t, filepath.Join(root, "inference", "previous_stage_resampled.npy")), 0)
	golden.Close(t, "network input", s.Data, golden.Npy(t, filepath.Join(root, "inference", "network_input.npy")), 1e-4)

	var props properties
	readJSON(t, filepath.Join(root, "inference", "properties.json"), &props)
	if s.Trail.Box != props.Box || s.Trail.Cropped != props.Cropped || s.Trail.ShapeBeforeCropping != props.Shape {
		t.Errorf("trail %+v, want %+v", s.Trail, props)
	}
}

func TestNextStageEqualsNnunet(t *testing.T) {
	root := golden.Shared(t, "golden", "cascade")
	d, err := dataset.ReadJSON(filepath.Join(root, "model", "dataset.json"))
	if err != nil {
		t.Fatal(err)
	}
	p := readPlans(t, filepath.Join(root, "model", "plans.json"))
	trail := exportTrail(t, pipelineOf(t, p, "3d_lowres", &d.Labelling), filepath.Join(root, "training", "lowres_properties.json"))
	in := golden.Npy(t, filepath.Join(root, "training", "lowres_logits.npy"))
	want := golden.Npy(t, filepath.Join(root, "training", "previous_stage_segmentation.npy"))
	next, err := p.Configuration("3d_cascade_fullres")
	if err != nil {
		t.Fatal(err)
	}
	logits := Logits{Shape: [3]int(in.Shape[1:]), Data: in.Float32()}
	shape := [3]int(want.Shape[len(want.Shape)-3:])
	got, err := trail.NextStage(&d.Labelling, logits, next, shape, RestoreOptions{Workers: 2, Precision: volume.Half})
	if err != nil {
		t.Fatal(err)
	}
	golden.Close(t, "next stage", got, want, 0)
}
