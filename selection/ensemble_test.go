package selection

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/npy"
	"github.com/autoseg/autoseg/volume"
)

// predicted writes a case as predict does: probabilities per class, and the segmentation.
func predicted(t *testing.T, dir, id string, labels []uint16, heads ...[]float32) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	l := volume.NewLabels(volume.NewGeometry([3]int{1, 2, 2}, [3]float64{3, 2, 1}))
	l.Origin = [3]float64{10, 20, 30}
	copy(l.Data, labels)
	if err := dataset.Formats().WriteLabels(filepath.Join(dir, id+".nii.gz"), l); err != nil {
		t.Fatal(err)
	}
	if err := npy.WriteCompressed(filepath.Join(dir, id+".npz"), "probabilities", []int{len(heads), 1, 2, 2}, slices.Concat(heads...)); err != nil {
		t.Fatal(err)
	}
}

func TestEnsemble(t *testing.T) {
	regions := `{"channel_names": {"0": "CT"}, "labels": {"background": 0, "whole": [1, 2], "core": 2}, "regions_class_order": [1, 2], "numTraining": 1, "file_ending": ".nii.gz"}`
	for name, test := range map[string]struct {
		description string
		a, b        [][]float32
		first       []uint16
		want        []uint16
	}{
		// Means of class 1: 0.5 (a tie goes to the lower label), 0.55, 0.35, 0.9.
		"labels": {"", [][]float32{{0.2, 0.2, 0.8, 0.1}, {0.8, 0.8, 0.2, 0.9}}, [][]float32{{0.8, 0.7, 0.5, 0.1}, {0.2, 0.3, 0.5, 0.9}},
			[]uint16{1, 1, 0, 1}, []uint16{0, 1, 0, 1}},
		"regions": {regions, [][]float32{{0.9, 0.9, 0.1, 0.2}, {0.1, 0.9, 0.9, 0.2}}, [][]float32{{0.3, 0.9, 0.2, 0.2}, {0.1, 0.4, 0.3, 0.2}},
			[]uint16{1, 2, 2, 0}, []uint16{1, 2, 2, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			a, b, out := filepath.Join(root, "a"), filepath.Join(root, "b"), filepath.Join(root, "out")
			predicted(t, a, "x", test.first, test.a...)
			predicted(t, b, "x", test.first, test.b...)
			if test.description != "" {
				if err := os.WriteFile(filepath.Join(b, "dataset.json"), []byte(test.description), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			e := Ensemble{Inputs: []string{a, b}, Output: out, Formats: dataset.Formats()}
			if n, err := e.Run(context.Background()); err != nil || n != 1 {
				t.Fatalf("wrote %d: %v", n, err)
			}
			got, err := dataset.Formats().ReadLabels(filepath.Join(out, "x.nii.gz"))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Data, test.want) || got.Origin != [3]float64{10, 20, 30} || got.Spacing != [3]float64{3, 2, 1} {
				t.Errorf("got %v at %v, want %v", got.Data, got.Origin, test.want)
			}
		})
	}
}

func TestEnsembleRefuses(t *testing.T) {
	half := [][]float32{{0.9, 0.9, 0.1, 0.1}, {0.1, 0.1, 0.9, 0.9}}
	good := []uint16{0, 0, 1, 1}
	for name, test := range map[string]struct {
		prepare func(t *testing.T, a, b string)
		want    string
		written int
	}{
		"other cases": {func(t *testing.T, a, b string) {
			predicted(t, a, "x", good, half...)
			predicted(t, b, "y", good, half...)
		}, "case x has no probabilities", 0},
		"no probabilities": {func(t *testing.T, a, b string) {
			predicted(t, a, "x", good, half...)
			predicted(t, b, "x", good, half...)
			os.Remove(filepath.Join(a, "x.npz"))
		}, "--save-probabilities", 0},
		"no segmentation": {func(t *testing.T, a, b string) {
			predicted(t, a, "x", good, half...)
			predicted(t, b, "x", good, half...)
			os.Remove(filepath.Join(a, "x.nii.gz"))
		}, "no segmentation", 0},
		"classes differ": {func(t *testing.T, a, b string) {
			predicted(t, a, "x", good, half...)
			predicted(t, b, "x", good, half[0], half[1], half[1])
		}, "3 classes", 0},
		"labels unexplained": {func(t *testing.T, a, b string) {
			predicted(t, a, "x", []uint16{0, 0, 5, 5}, half...)
			predicted(t, b, "x", good, half...)
		}, "--dataset-json", 0},
		"one of two is no archive": {func(t *testing.T, a, b string) {
			for _, id := range []string{"x", "y"} {
				predicted(t, a, id, good, half...)
				predicted(t, b, id, good, half...)
			}
			if err := os.WriteFile(filepath.Join(b, "y.npz"), []byte("no zip"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "case y", 1},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			a, b := filepath.Join(root, "a"), filepath.Join(root, "b")
			test.prepare(t, a, b)
			e := Ensemble{Inputs: []string{a, b}, Output: filepath.Join(root, "out"), Formats: dataset.Formats()}
			n, err := e.Run(context.Background())
			if n != test.written || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("wrote %d, got error %v, want %q", n, err, test.want)
			}
		})
	}
}

func FuzzAverage(f *testing.F) {
	var b bytes.Buffer
	if err := npy.Encode(&b, []int{2, 1, 1, 2}, []float32{1, 2, 3, 4}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		var a average
		if err := a.add(bytes.NewReader(raw), [3]int{1, 1, 2}); err == nil {
			for _, head := range a.mean() {
				if len(head) != 2 {
					t.Fatalf("a class of %d voxels", len(head))
				}
			}
		}
	})
}
