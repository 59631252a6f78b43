package predict

import (
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/engine/cpu/kernel"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume/nifti"
)

// TestGoldenPredictionsInHalf predicts with products in bfloat16: at least 99.5 % of the labels are those
// of float32, and at most one in twenty of the foreground's differs, since background is easy to get right.
func TestGoldenPredictionsInHalf(t *testing.T) {
	if !kernel.HasHalf() {
		t.Skip("this processor has no AVX512_BF16")
	}
	dir := golden.Shared(t, "golden", "predict")
	labels := func(precision, id string) []uint16 {
		executor, err := cpu.New(cpu.Options{Workers: 2, Precision: precision})
		if err != nil {
			t.Fatal(err)
		}
		defer executor.Close()
		p, err := Open(filepath.Join(dir, "model_3d"), Options{NoMirror: true, Workers: 2, Executor: executor})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		image, err := nifti.ReadImage(filepath.Join(dir, "imagesTs", id+"_0000.nii.gz"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Image(t.Context(), image, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r.Labels.Data
	}
	all := 0
	for _, id := range []string{"hippocampus_065", "hippocampus_067", "hippocampus_070", "tiled_000"} {
		t.Run(id, func(t *testing.T) {
			full, half := labels(cpu.FP32, id), labels(cpu.BF16, id)
			different, foreground := 0, 0
			for i, v := range full {
				if v != half[i] {
					different++
				}
				if v != 0 {
					foreground++
				}
			}
			t.Logf("%d of %d labels differ, %d are foreground", different, len(full), foreground)
			all += different
			if 200*different > len(full) || 20*different > foreground {
				t.Errorf("%d of %d labels differ, %d are foreground", different, len(full), foreground)
			}
		})
	}
	if all == 0 {
		t.Error("no label differs: was it computed in bfloat16 at all?")
	}
}
