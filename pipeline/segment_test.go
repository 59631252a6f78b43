package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/phantom"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/postprocess"
	"github.com/autoseg/autoseg/selection"
)

// TestAnEnsemblePredicts: two configurations and their pair are compared, and a selection of the pair
// with a rule, which a person may have made with the verb select, is followed.
func TestAnEnsemblePredicts(t *testing.T) {
	c := fastConfig(t)
	c.Configurations = []string{"2d", "3d_fullres"}
	worked := ran(t, c)
	if i := slices.Index(worked, "select"); i < 0 || worked[i-1] != "cv/3d_fullres" || worked[i-2] != "cv/2d" {
		t.Fatalf("did %v, want cv/2d, cv/3d_fullres, select", worked)
	}
	s, err := selection.Read(c.Output)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Evidence) != 3 || s.Evidence[2].Configuration != "2d + 3d_fullres" || s.Configuration != "2d" {
		t.Fatalf("selected %+v, want 2d, the first of two equally perfect ones, and evidence of the pair", s)
	}
	s.Configuration, s.Models = "2d + 3d_fullres", []string{"2d", "3d_fullres"}
	s.Postprocessing = &postprocess.Decision{Rules: postprocess.Rules{postprocess.RemoveSmall{Labels: []int{1, 2}, MinimumMM3: 1e9}}}
	if err := s.Write(c.Output); err != nil {
		t.Fatal(err)
	}
	if got, want := ran(t, c), []string{"predict", "postprocess", "evaluate", "report"}; !slices.Equal(got, want) {
		t.Errorf("an edited selection did %v, want %v", got, want)
	}
	raw := filepath.Join(c.Output, "predictions_raw", "2d+3d_fullres", "test_000.nii.gz")
	if !foreground(t, raw) || foreground(t, filepath.Join(c.Output, "predictions", "test_000.nii.gz")) {
		t.Error("want foreground in the raw prediction, and none behind a rule that removes everything")
	}
	if left, _ := filepath.Glob(filepath.Join(c.Output, "predictions_raw", "*", "*.npz")); len(left) > 0 {
		t.Errorf("probabilities stay behind: %v", left)
	}
	if o, err := ReadOutcome(c.Output); err != nil || o.Selected != "2d + 3d_fullres" || o.Predictions != 1 || o.Classes[0].CrossValidation == nil {
		t.Errorf("the outcome is %+v (%v)", o, err)
	}
	if got := ran(t, c); len(got) != 0 {
		t.Errorf("the next run did %v, want nothing", got)
	}
	edit(t, filepath.Join(c.Output, selection.File), "models: [2d, 3d_fullres]", "models: [2d, 3d_lowres]")
	if _, err := tried(t, c); !fault.IsInput(err) || !strings.Contains(err.Error(), "fold 0 of 3d_lowres") {
		t.Errorf("a selection of a model that is not there: got %v, want bad input that names it", err)
	}
}

func foreground(t *testing.T, path string) bool {
	t.Helper()
	labels, err := dataset.Formats().ReadLabels(path)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(labels.Data, func(v uint16) bool { return v != 0 })
}

// TestOneCorruptTestImage: the others are predicted, evaluated and reported; the corrupt one is named and
// tried again. Without any prediction the run ends there.
func TestOneCorruptTestImage(t *testing.T) {
	c := fastConfig(t)
	c.Dataset = filepath.Join(t.TempDir(), "Dataset998_Phantom")
	if err := phantom.Write(c.Dataset, phantom.Options{Seed: 7, Cases: 5, TestCases: 3}); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(c.Dataset, "imagesTs", "test_001_0000.nii.gz"), 1000); err != nil {
		t.Fatal(err)
	}
	worked, err := tried(t, c)
	var partial *PartialError
	if !errors.As(err, &partial) || fault.IsInput(err) || !strings.Contains(err.Error(), "test_001") || strings.Contains(err.Error(), "test_002") {
		t.Fatalf("got %v, want an error that names the case and is no bad input", err)
	}
	if !slices.Contains(worked, "evaluate") || !slices.Contains(worked, "report") {
		t.Errorf("did %v, want evaluation and report too", worked)
	}
	for file, want := range map[string]bool{"test_000.nii.gz": true, "test_001.nii.gz": false, "test_002.nii.gz": true, "volumes.csv": true, "summary.json": true} {
		if _, err := os.Stat(filepath.Join(c.Output, "predictions", file)); (err == nil) != want {
			t.Errorf("predictions/%s: %v", file, err)
		}
	}
	worked, err = tried(t, c)
	if !errors.As(err, &partial) || !slices.Equal(worked, []string{"predict"}) {
		t.Errorf("the next run did %v (%v), want predict again and its error", worked, err)
	}
	for _, name := range []string{"test_000", "test_002"} {
		if err := os.Truncate(filepath.Join(c.Dataset, "imagesTs", name+"_0000.nii.gz"), 1000); err != nil {
			t.Fatal(err)
		}
	}
	if _, err = tried(t, c); err == nil || errors.As(err, &partial) || fault.IsInput(err) || !strings.Contains(err.Error(), "test_002") {
		t.Errorf("without any prediction: got %v, want work that failed", err)
	}
}

// TestTheFoldAll: nothing is left to validate on, so nothing is compared.
func TestTheFoldAll(t *testing.T) {
	c := fastConfig(t)
	c.Configurations, c.Folds = []string{"2d", "3d_fullres"}, []string{"all"}
	worked := ran(t, c)
	if slices.ContainsFunc(worked, func(s string) bool { return strings.HasPrefix(s, "cv/") }) || !slices.Contains(worked, "predict") {
		t.Errorf("did %v, want no cross-validation, but predictions", worked)
	}
	o, err := ReadOutcome(c.Output)
	if err != nil || o.Selected != "3d_fullres" || o.Predictions != 1 || o.Classes[0].CrossValidation != nil {
		t.Errorf("the outcome is %+v (%v)", o, err)
	}
}

// withCascade adds a low resolution and a cascade to the plan of a run folder, which images as small as
// these would not get.
func withCascade(t *testing.T, c Config) {
	t.Helper()
	if _, err := prepared(t, c); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.Output, planFile)
	p, err := plans.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	full, err := p.Configuration("3d_fullres")
	if err != nil {
		t.Fatal(err)
	}
	for i := range full.Architecture.Features { // a test need not wait for more
		full.Architecture.Features[i] = 4
	}
	low := *full
	low.Name, low.InheritsFrom, low.Spacing, low.NextStage = "3d_lowres", "", slices.Clone(full.Spacing), "3d_cascade_fullres"
	for i := range low.Spacing {
		low.Spacing[i] *= 1.3
	}
	p.Configurations = append(p.Configurations, &low, &plans.Configuration{Name: "3d_cascade_fullres", InheritsFrom: "3d_fullres", PreviousStage: "3d_lowres"})
	if err := p.Write(path); err != nil {
		t.Fatal(err)
	}
}

// TestACascade: the first stage comes along unasked, predicts for the second one, and for the test images
// too.
func TestACascade(t *testing.T) {
	c := fastConfig(t)
	withCascade(t, c)
	c.Configurations = []string{"3d_cascade_fullres"}
	if _, err := tried(t, c); !fault.IsInput(err) || !strings.Contains(err.Error(), "validate only 1 of 5 cases") {
		t.Fatalf("one fold: got %v, want bad input that says why", err)
	}
	c.Folds = crossValidation()
	worked := ran(t, c)
	next, first, second := slices.Index(worked, "next/3d_lowres"), slices.Index(worked, "train/3d_lowres/fold_4"), slices.Index(worked, "train/3d_cascade_fullres/fold_0")
	if first < 0 || next != first+1 || second != next+1 {
		t.Errorf("did %v, want the first stage, what it predicts, and then the second stage", worked)
	}
	if files, _ := filepath.Glob(filepath.Join(c.Output, "models", "3d_lowres", "predicted_next_stage", "*.npy")); len(files) != 5 {
		t.Errorf("the first stage predicted %v, want all five cases", files)
	}
	s, err := selection.Read(c.Output)
	if err != nil {
		t.Fatal(err)
	}
	// The first stage has really predicted its cases by now, with random weights; fakeFit's second stage is
	// perfect.
	if s.Configuration != "3d_cascade_fullres" || len(s.Evidence) != 3 || s.Evidence[0].Dice == 1 {
		t.Errorf("selected %+v", s)
	}
	for _, model := range []string{"3d_lowres", "3d_cascade_fullres"} {
		if _, err := os.Stat(filepath.Join(c.Output, "predictions_raw", model, "test_000.nii.gz")); err != nil {
			t.Error(err)
		}
	}
	if got := ran(t, c); len(got) != 0 {
		t.Errorf("the next run did %v, want nothing", got)
	}
}
