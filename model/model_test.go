package model

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/weights"
)

func TestOpenNNUNetFolder(t *testing.T) {
	f, err := Open(golden.Shared(t, "golden", "network", "plain3d"), Final)
	if err != nil {
		t.Fatal(err)
	}
	fold, err := f.Weights("0")
	if err != nil {
		t.Fatal(err)
	}
	if fold.Configuration != "3d_fullres" || !slices.Equal(fold.MirrorAxes, []int{0, 1, 2}) || len(fold.Tensors) == 0 {
		t.Errorf("configuration %q, mirror axes %v, %d tensors", fold.Configuration, fold.MirrorAxes, len(fold.Tensors))
	}
}

// folder makes a model folder of ours with the given folds.
func folder(t *testing.T, folds ...string) string {
	t.Helper()
	golden := golden.Shared(t, "golden", "network", "plain2d")
	dir := t.TempDir()
	for _, name := range []string{"plans.json", "dataset.json"} {
		text, err := os.ReadFile(filepath.Join(golden, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i, k := range folds {
		if err := os.Mkdir(filepath.Join(dir, "fold_"+k), 0o755); err != nil {
			t.Fatal(err)
		}
		tensors := []weights.Tensor{{Name: "w", Shape: []int{2}, Data: []float32{1, float32(i)}}}
		if err := Write(filepath.Join(dir, "fold_"+k, "weights.safetensors"), tensors, Metadata{Configuration: "2d", Fold: k, Epoch: 3, MirrorAxes: []int{0, 1}}); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestWrittenWeightsAreFound(t *testing.T) {
	f, err := Open(folder(t, "0", "1"), Final)
	if err != nil {
		t.Fatal(err)
	}
	fold, err := f.Weights("1")
	if err != nil {
		t.Fatal(err)
	}
	if fold.Configuration != "2d" || !slices.Equal(fold.MirrorAxes, []int{0, 1}) || fold.Tensors[0].Data[1] != 1 {
		t.Errorf("got %+v", fold)
	}
}

func TestChooseFolds(t *testing.T) {
	for name, test := range map[string]struct {
		have, want []string
		wanted     []string
		failure    string
	}{
		"every fold but all": {have: []string{"0", "1", "all"}, want: []string{"0", "1"}},
		"only all":           {have: []string{"all"}, want: []string{"all"}},
		"named":              {have: []string{"0", "1"}, wanted: []string{"1"}, want: []string{"1"}},
		"twice":              {have: []string{"0", "1"}, wanted: []string{"1", "1"}, failure: "fold 1 is named twice"},
		"missing":            {have: []string{"0"}, wanted: []string{"4"}, failure: "no trained fold 4; it has 0"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Open(folder(t, test.have...), Final)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.Choose(test.wanted)
			if test.failure != "" {
				if err == nil || !strings.Contains(err.Error(), test.failure) || !fault.IsInput(err) {
					t.Errorf("error %v, want bad input with %q", err, test.failure)
				}
				return
			}
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, dir := range map[string]string{"no folder": filepath.Join(t.TempDir(), "nothing"), "no fold": folder(t)} {
		if _, err := Open(dir, Final); err == nil || !fault.IsInput(err) {
			t.Errorf("%s: error %v, want bad input", name, err)
		}
	}
	if _, err := Open(folder(t, "0"), Best); err == nil || !strings.Contains(err.Error(), "best.safetensors") {
		t.Errorf("best weights that are not there: error %v", err)
	}
}
