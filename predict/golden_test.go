package predict

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume/nifti"
)

// TestGoldenPredictions holds whole predictions against nnU-Net's on its own weights: at least 99.9 %
// of the labels identical, probabilities within 5e-3 (nnU-Net accumulates logits in half precision).
func TestGoldenPredictions(t *testing.T) {
	dir := golden.Shared(t, "golden", "predict")
	executor, err := cpu.New(cpu.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		model, expected, id string
		noMirror            bool
	}{
		{filepath.Join(dir, "model_3d"), "expected", "hippocampus_065", false},
		{filepath.Join(dir, "model_3d"), "expected", "hippocampus_067", false},
		{filepath.Join(dir, "model_3d"), "expected", "hippocampus_067", true},
		{filepath.Join(dir, "model_3d"), "expected", "hippocampus_070", false},
		{filepath.Join(dir, "model_3d"), "expected", "tiled_000", true},
		{golden.Shared(t, "golden", "network", "plain2d"), "expected_2d_random_weights", "hippocampus_065", false},
	} {
		name := test.id + "_mirror"
		if test.noMirror {
			name = test.id + "_nomirror"
		}
		t.Run(test.expected+"/"+name, func(t *testing.T) {
			p, err := Open(test.model, Options{NoMirror: test.noMirror, Probabilities: true, Workers: 2, Executor: executor})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			image, err := nifti.ReadImage(filepath.Join(dir, "imagesTs", test.id+"_0000.nii.gz"))
			if err != nil {
				t.Fatal(err)
			}
			r, err := p.Image(context.Background(), image, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Logits.Data == nil {
				t.Fatal("no logits although probabilities are wanted")
			}
			checkLabels(t, r, golden.Npy(t, filepath.Join(dir, test.expected, name+"_segmentation.npy")))
			if probabilities := filepath.Join(dir, test.expected, name+"_probabilities.npy"); exists(probabilities) {
				checkProbabilities(t, r, golden.Npy(t, probabilities))
			}
		})
	}
}

func checkLabels(t *testing.T, r *Result, want golden.Array) {
	t.Helper()
	if len(r.Labels.Data) != len(want.Data) {
		t.Fatalf("%d voxels, want %d", len(r.Labels.Data), len(want.Data))
	}
	different := 0
	for i, v := range want.Data {
		if float64(r.Labels.Data[i]) != v {
			different++
		}
	}
	if share := float64(different) / float64(len(want.Data)); share > 0.001 {
		t.Errorf("%.4f %% of the labels differ", 100*share)
	}
}

func checkProbabilities(t *testing.T, r *Result, want golden.Array) {
	t.Helper()
	p, err := r.Probabilities()
	if err != nil {
		t.Fatal(err)
	}
	if d := golden.LargestDifference(p.Data, want); !(d <= 5e-3) || math.IsNaN(d) {
		t.Errorf("probabilities differ by up to %g", d)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
