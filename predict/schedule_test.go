package predict

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/fingerprint"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/nifti"
)

var small = synthetic{patch: []int{8, 8, 8}, features: []int{4, 8}, spacing: []float64{1, 1, 1}, forward: [3]int{0, 1, 2}, folds: 1, workers: 2}

// batchOf writes images of noise and returns the batch that predicts them.
func batchOf(t *testing.T, shapes ...[3]int) Batch {
	t.Helper()
	dir := t.TempDir()
	for i, shape := range shapes {
		if err := nifti.WriteImage(filepath.Join(dir, fmt.Sprintf("case_%d_0000.nii.gz", i)), noiseImage(shape, [3]float64{1, 1, 1}, 0)); err != nil {
			t.Fatal(err)
		}
	}
	d, err := dataset.ParseJSON([]byte(`{"channel_names": {"0": "MRI"}, "labels": {"background": 0, "a": 1, "b": 2, "c": 3}, "numTraining": 1, "file_ending": ".nii.gz"}`))
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := dataset.Inputs(*d, dir)
	if err != nil {
		t.Fatal(err)
	}
	return Batch{Dataset: inputs, Cases: inputs.Test, Output: filepath.Join(t.TempDir(), "out")}
}

func TestScheduleKeepsTheLimitOrRefuses(t *testing.T) {
	s := small
	s.labels = labelling(t, 4)
	p := s.predictor(t, s.config(t))
	shapes := [][3]int{{20, 60, 60}, {20, 60, 61}, {20, 60, 62}}
	b := batchOf(t, shapes...)
	free, err := p.Schedule(b)
	if err != nil || !free.Overlap || free.Case != "case_1" { // the one with neighbours on both sides
		t.Fatalf("%+v, %v", free, err)
	}
	want := map[string][]uint16{}
	b.Done = func(id string, r *Result) { want[id] = r.Labels.Data }
	if err := p.Run(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	b.Output, b.MaxMemory = t.TempDir(), free.Peak-1
	b.Announce = func(s Schedule) {
		if s.Overlap || s.Peak > b.MaxMemory || s.Case != "case_2" {
			t.Errorf("announced %+v", s)
		}
	}
	done := 0
	b.Done = func(id string, r *Result) {
		done++
		if !slices.Equal(r.Labels.Data, want[id]) {
			t.Errorf("%s: labels depend on the schedule", id)
		}
	}
	if err := p.Run(context.Background(), b); err != nil || done != 3 {
		t.Errorf("%d cases done, %v", done, err)
	}
	b.Output, b.MaxMemory = filepath.Join(t.TempDir(), "none"), 1000
	err = p.Run(context.Background(), b)
	if !fault.IsInput(err) || strings.Count(err.Error(), "more than --max-memory") != 3 {
		t.Errorf("got %v, want bad input that names every case", err)
	}
	b.MaxMemory, b.Available = 0, 1000
	err = p.Run(context.Background(), b)
	if !fault.IsInput(err) || strings.Count(err.Error(), "more than the 0 MB that this machine has available") != 3 {
		t.Errorf("got %v, want bad input that names every case", err)
	}
	if _, err := os.Stat(b.Output); err == nil {
		t.Error("something was started")
	}
}

func TestPlanCountsWhatGrows(t *testing.T) {
	g := volume.NewGeometry([3]int{100, 40, 50}, [3]float64{1, 1, 1})
	plan := func(change func(*Config)) Plan {
		s := small
		s.labels = labelling(t, 4)
		c := s.config(t)
		change(&c)
		return s.predictor(t, c).Plan(g)
	}
	base := plan(func(*Config) {})
	if want := int64(16 * 40 * 50 * (2*4 + 4)); base.Logits != want {
		t.Errorf("slab of %d bytes, want %d", base.Logits, want)
	}
	if two := plan(func(c *Config) { c.Folds = append(c.Folds, c.Folds[0]) }); two.Logits != 16*40*50*(2*2*4+4) || two.Windows != 2*base.Windows {
		t.Errorf("two folds: %+v", two)
	}
	whole := plan(func(c *Config) { c.Probabilities = true })
	if least := base.Logits + 2*4*4*100*40*50; whole.Logits < least {
		t.Errorf("all logits and probabilities in %d bytes, want at least %d", whole.Logits, least)
	}
	if m := plan(func(c *Config) { c.MirrorAxes = []int{0, 1, 2} }); m.Windows != 8*base.Windows {
		t.Errorf("%d windows mirrored, %d not", m.Windows, base.Windows)
	}
}

func TestQualityFlags(t *testing.T) {
	training := &fingerprint.Fingerprint{Shapes: [][3]int{{20, 20, 20}, {30, 24, 24}}, Spacings: [][3]float64{{1, 1, 1}, {1.5, 1, 1}}}
	normal := volume.NewGeometry([3]int{20, 20, 20}, [3]float64{1, 1, 1})
	for name, test := range map[string]struct {
		geometry volume.Geometry
		add      float32
		want     []string
		without  *fingerprint.Fingerprint
	}{
		"as in training":        {normal, 0, nil, training},
		"ten times the spacing": {volume.NewGeometry([3]int{3, 20, 20}, [3]float64{15, 1, 1}), 0, []string{"spacing along z, 15 mm, is 10 times"}, training},
		"finer":                 {volume.NewGeometry([3]int{20, 60, 20}, [3]float64{1, 0.3, 1}), 0, []string{"spacing along y, 0.3 mm, is 0.3 times"}, training},
		"tiny":                  {volume.NewGeometry([3]int{20, 20, 5}, [3]float64{1, 1, 1}), 0, []string{"extent along x, 5 mm, is 0.25 times"}, training},
		"other intensities":     {normal, 1000, []string{"channel 0: 0 % of the voxels"}, training},
		"plan only":             {volume.NewGeometry([3]int{20, 20, 20}, [3]float64{1, 4, 1}), 0, []string{"spacing along y, 4 mm, is 4 times", "extent along y"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := small
			s.labels, s.forward = labelling(t, 4), [3]int{1, 0, 2}
			c := s.config(t)
			c.Fingerprint = test.without
			c.Plans.MedianSpacing, c.Plans.MedianShape = [3]float64{1, 1, 1}, [3]int{20, 20, 20}
			c.Plans.Intensities = []plans.Intensity{{Percentile005: -2, Median: 1, Percentile995: 4}}
			p := s.predictor(t, c)
			image := noiseImage(test.geometry.Shape, test.geometry.Spacing, 0)
			for i := range image.Data {
				image.Data[i] += test.add
			}
			r, err := p.Image(context.Background(), image, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Quality.Flags) != len(test.want) {
				t.Fatalf("flags %q, want %q", r.Quality.Flags, test.want)
			}
			for i, want := range test.want {
				if !strings.Contains(r.Quality.Flags[i], want) {
					t.Errorf("flag %q, want %q", r.Quality.Flags[i], want)
				}
			}
		})
	}
}

func TestOverflowIsAnError(t *testing.T) {
	s := small
	s.labels = labelling(t, 4)
	c := s.config(t)
	last := c.Folds[0][len(c.Folds[0])-1]
	for i := range last.Data { // the bias of the finest head
		last.Data[i] = 1e6
	}
	_, err := s.predictor(t, c).Image(context.Background(), noiseImage([3]int{9, 9, 9}, [3]float64{1, 1, 1}, 0), nil)
	if err == nil || !strings.Contains(err.Error(), "half precision") {
		t.Errorf("got %v", err)
	}
}
