package model

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/golden"
)

// TestConvertThereAndBack imports a model of nnU-Net and exports it: the weights come back bit by bit, with
// everything that prediction needs to know, and the plan and dataset.json are nnU-Net's again.
func TestConvertThereAndBack(t *testing.T) {
	for _, name := range []string{"plain2d", "resenc3d"} {
		from := golden.Shared(t, "golden", "network", name)
		ours, theirs := filepath.Join(t.TempDir(), "ours"), filepath.Join(t.TempDir(), "theirs")
		if n, err := Import(from, ours); n != 1 || err != nil {
			t.Fatalf("import: %d files, %v", n, err)
		}
		if n, err := Export(ours, theirs); n != 1 || err != nil {
			t.Fatalf("export: %d files, %v", n, err)
		}
		var folds []*Fold
		for _, dir := range []string{from, ours, theirs} {
			f, err := Open(dir, Final)
			if err != nil {
				t.Fatal(err)
			}
			fold, err := f.Weights("0")
			if err != nil {
				t.Fatal(err)
			}
			folds = append(folds, fold)
		}
		for i, fold := range folds[1:] {
			if !reflect.DeepEqual(fold, folds[0]) {
				t.Errorf("%s: step %d changed the fold", name, i+1)
			}
		}
		if text(t, theirs, "dataset.json") != text(t, from, "dataset.json") {
			t.Errorf("%s: dataset.json changed", name)
		}
	}
}

func text(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestConvertRefuses(t *testing.T) {
	own := folder(t, "0")
	for name, c := range map[string]struct{ from, to, want string }{
		"own folder": {own, own, "is the model's own folder"},
		"no model":   {t.TempDir(), filepath.Join(t.TempDir(), "x"), "is no model folder"},
	} {
		if _, err := Export(c.from, c.to); err == nil || !fault.IsInput(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want bad input with %q", name, err, c.want)
		}
	}
}
