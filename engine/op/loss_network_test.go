package op_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/internal/golden"
)

// networkResult is what nnU-Net computed from a network's logits, level by level.
type networkResult struct {
	Loss  []float64 `json:"loss_per_level_unweighted"`
	Dice  []float64 `json:"dice_term_per_level"` // not with an ignore label
	Batch bool      `json:"batch_dice"`
}

// TestLossesOfNetworks compares the losses with nnU-Net's on the logits of its own networks: labels and
// regions, with and without an ignore label, Dice per sample and over the batch. nnU-Net sums in
// float32, whose rounding is about 1e-6 here (shared/golden/network/fp32_noise.json).
func TestLossesOfNetworks(t *testing.T) {
	const tolerance = 5e-6
	for _, c := range []struct {
		name    string
		regions bool
		ignore  int
	}{{"plain2d", false, -1}, {"plain3d", false, -1}, {"plain3d_ignore", false, 3}, {"plain3d_regions_ignore", true, -1}} {
		folder := golden.Shared(t, "golden", "network", c.name)
		text, err := os.ReadFile(filepath.Join(folder, "result.json"))
		if err != nil {
			t.Fatal(err)
		}
		var want networkResult
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		for level := range want.Loss {
			logits := read(t, filepath.Join(folder, fmt.Sprintf("output_%d.npy", level)))
			target := read(t, filepath.Join(folder, fmt.Sprintf("target_%d.npy", level)))
			dice := func(z, y engine.Node) engine.Node {
				return op.SoftDice(z, y, op.DiceOptions{Batch: want.Batch, Epsilon: 1e-5, Regions: c.regions, Ignore: c.ignore})
			}
			entropy := func(z, y engine.Node) engine.Node {
				if c.regions {
					return op.SigmoidCrossEntropy(z, y, true)
				}
				return op.SoftmaxCrossEntropy(z, y, c.ignore)
			}
			d, _ := withGradient(t, logits, target, dice)
			e, _ := withGradient(t, logits, target, entropy)
			if got := d + e; math.Abs(got-want.Loss[level]) > tolerance {
				t.Errorf("%s level %d: loss %.7f, want %.7f", c.name, level, got, want.Loss[level])
			}
			if want.Dice != nil && math.Abs(d-want.Dice[level]) > tolerance {
				t.Errorf("%s level %d: dice term %.7f, want %.7f", c.name, level, d, want.Dice[level])
			}
		}
	}
}

func read(t *testing.T, path string) values {
	t.Helper()
	a := golden.Npy(t, path)
	return values{a.Shape, a.Data}
}
