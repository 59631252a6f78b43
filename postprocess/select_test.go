package postprocess

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
)

// TestGoldenSelection repeats nnU-Net's decision and its files.
func TestGoldenSelection(t *testing.T) {
	dir := golden.Shared(t, "golden", "eval", "postprocessing")
	pred := filepath.Join(dir, "pred")
	description, err := dataset.ReadJSON(filepath.Join(pred, "dataset.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []Case
	for _, id := range []string{"case_0", "case_1", "case_2", "case_3"} {
		cases = append(cases, Case{
			ID: id, Reference: reader(filepath.Join(dir, "ref", id+".nii.gz")), Prediction: reader(filepath.Join(pred, id+".nii.gz")),
		})
	}
	rules, evidence, err := Select(context.Background(), cases, Options{Labelling: description.Labelling, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	want, err := Read(filepath.Join(pred, "postprocessing.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(rules, want, func(a, b Rule) bool { return a.String() == b.String() }) {
		t.Errorf("got rules %v, want %v", rules, want)
	}
	checkMeans(t, filepath.Join(pred, "postprocessing.json"), evidence)
	out := t.TempDir()
	files := Files{Input: pred, Output: out, Rules: rules, Formats: dataset.Formats(), Workers: 2}
	if n, err := files.Run(context.Background()); err != nil || n != 4 {
		t.Fatalf("wrote %d files: %v", n, err)
	}
	for _, c := range cases {
		got, want := read(t, filepath.Join(out, c.ID+".nii.gz")), read(t, filepath.Join(pred, "postprocessed", c.ID+".nii.gz"))
		if !slices.Equal(got.Data, want.Data) || !got.Equal(want.Geometry, 1e-6) {
			t.Errorf("%s differs from nnU-Net's", c.ID)
		}
	}
}

// checkMeans compares the foreground Dice before and after with nnU-Net's.
func checkMeans(t *testing.T, path string, e *Evidence) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Before struct {
			Foreground struct{ Dice float64 } `json:"foreground_mean"`
		} `json:"input_folder"`
		After struct {
			Foreground struct{ Dice float64 } `json:"foreground_mean"`
		} `json:"postprocessed"`
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	// 1e-12: another order of summation.
	if math.Abs(float64(e.Before)-want.Before.Foreground.Dice) > 1e-12 || math.Abs(float64(e.After)-want.After.Foreground.Dice) > 1e-12 {
		t.Errorf("foreground Dice: got %v then %v, want %v then %v", e.Before, e.After, want.Before.Foreground.Dice, want.After.Foreground.Dice)
	}
}

func reader(path string) func() (*volume.Labels, error) {
	return func() (*volume.Labels, error) { return dataset.Formats().ReadLabels(path) }
}

func read(t *testing.T, path string) *volume.Labels {
	t.Helper()
	l, err := dataset.Formats().ReadLabels(path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func labelling(t *testing.T, order []int, entries ...dataset.Region) dataset.Labelling {
	t.Helper()
	l, err := dataset.NewLabelling(append([]dataset.Region{{Name: "background", Labels: []int{0}}}, entries...), order)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func plainCase(id string, reference, prediction []string) Case {
	return Case{ID: id,
		Reference:  func() (*volume.Labels, error) { return picture(reference...), nil },
		Prediction: func() (*volume.Labels, error) { return picture(prediction...), nil }}
}

func TestSelect(t *testing.T) {
	one := labelling(t, nil, dataset.Region{Name: "a", Labels: []int{1}})
	two := labelling(t, nil, dataset.Region{Name: "a", Labels: []int{1}}, dataset.Region{Name: "b", Labels: []int{2}})
	regions := labelling(t, []int{1, 2}, dataset.Region{Name: "whole", Labels: []int{1, 2}, List: true}, dataset.Region{Name: "core", Labels: []int{2}})
	for name, test := range map[string]struct {
		labelling dataset.Labelling
		extra     []Candidates
		cases     []Case
		want      string
	}{
		"an island of noise": {one, nil, []Case{plainCase("x", []string{"1110000"}, []string{"1110010"})}, "keep the largest component of label 1"},
		"two true organs":    {one, nil, []Case{plainCase("x", []string{"1110011"}, []string{"1110011"})}, ""},
		"nothing to gain":    {one, nil, []Case{plainCase("x", []string{"1110000"}, []string{"1110000"})}, ""},
		"class absent":       {one, nil, []Case{plainCase("x", []string{"0000000"}, []string{"0000000"})}, ""},
		// All foreground would help a but lose the far b: only a's own rule stays.
		"one class of two": {two, nil, []Case{plainCase("x", []string{"1110000022"}, []string{"1110100022"})}, "keep the largest component of label 1"},
		"region of two labels": {regions, nil, []Case{plainCase("x", []string{"1220000"}, []string{"1220010"})},
			"keep the largest component of labels 1 2 together"},
		"small noise between two organs": {one, []Candidates{MinimumSize}, []Case{plainCase("x", []string{"1111000011111"}, []string{"1111010011111"})},
			"remove components below 4 mm³ of label 1"},
		"a hole": {one, []Candidates{Holes}, []Case{plainCase("x", []string{"111", "111", "111"}, []string{"111", "101", "111"})}, "fill the holes of label 1 with 1"},
	} {
		t.Run(name, func(t *testing.T) {
			rules, evidence, err := Select(context.Background(), test.cases, Options{Labelling: test.labelling, Extra: test.extra})
			if err != nil {
				t.Fatal(err)
			}
			var words []string
			for _, r := range rules {
				words = append(words, r.String())
			}
			if got := strings.Join(words, "; "); got != test.want {
				t.Errorf("got %q, want %q; evidence %+v", got, test.want, evidence)
			}
			if len(rules) > 0 && !(evidence.After > evidence.Before) {
				t.Errorf("rules without gain: %v then %v", evidence.Before, evidence.After)
			}
			again(t, rules, evidence)
		})
	}
}

// again writes a decision and reads it back.
func again(t *testing.T, rules Rules, evidence *Evidence) {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{"postprocessing": Decision{rules, evidence}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if !slices.EqualFunc(got, rules, func(a, b Rule) bool { return a.String() == b.String() }) {
		t.Errorf("came back as %v, want %v", got, rules)
	}
}

func TestFilesNamesWhatFails(t *testing.T) {
	in, out := t.TempDir(), t.TempDir()
	good := picture("110", "001")
	if err := dataset.Formats().WriteLabels(filepath.Join(in, "good.nii.gz"), good); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(in, "bad.nii.gz"), []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	f := Files{Input: in, Output: out, Rules: Rules{KeepLargest{[]int{1}}}, Formats: dataset.Formats()}
	n, err := f.Run(context.Background())
	if n != 1 || err == nil || !strings.Contains(err.Error(), "bad.nii.gz") {
		t.Errorf("wrote %d, error %v", n, err)
	}
	if got := read(t, filepath.Join(out, "good.nii.gz")); !slices.Equal(got.Data, good.Data) {
		t.Errorf("corners join, but got %v", got.Data)
	}
}
