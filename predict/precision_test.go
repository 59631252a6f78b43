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
	labels := func(model, precision, id string, mirror bool) []uint16 {
		executor, err := cpu.New(cpu.Options{Workers: 2, Precision: precision})
		if err != nil {
			t.Fatal(err)
		}
		defer executor.Close()
		p, err := Open(model, Options{NoMirror: !mirror, Workers: 2, Executor: executor})
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
	volumes, slices := filepath.Join(dir, "model_3d"), golden.Shared(t, "golden", "network", "plain2d")
	for _, c := range []struct {
		model, id string
		mirror    bool
	}{
		{volumes, "hippocampus_065", false}, {volumes, "hippocampus_067", false}, {volumes, "hippocampus_070", false},
		{volumes, "tiled_000", false}, {slices, "hippocampus_065", true}, // random weights, predicted as the golden is
	} {
		t.Run(filepath.Base(c.model)+"/"+c.id, func(t *testing.T) {
			full, half := labels(c.model, cpu.FP32, c.id, c.mirror), labels(c.model, cpu.BF16, c.id, c.mirror)
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
