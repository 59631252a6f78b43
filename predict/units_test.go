package predict

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
)

func TestStepsEqualNNUNet(t *testing.T) {
	text, err := os.ReadFile(golden.Shared(t, "golden", "predict", "units", "sliding_window_steps.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Image []int   `json:"image"`
		Tile  []int   `json:"tile"`
		Step  float64 `json:"step"`
		Steps [][]int `json:"starts"`
	}
	if err := json.Unmarshal(text, &cases); err != nil || len(cases) == 0 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		if len(c.Image) == 0 || len(c.Image) != len(c.Steps) {
			t.Fatalf("case %+v is not understood", c)
		}
		for axis := range c.Image {
			if got := Steps(c.Image[axis], c.Tile[axis], c.Step); !slices.Equal(got, c.Steps[axis]) {
				t.Errorf("extent %d, tile %d, step %g: got %v, want %v", c.Image[axis], c.Tile[axis], c.Step, got, c.Steps[axis])
			}
		}
	}
}

func TestGaussianEqualsNNUNet(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(golden.Shared(t, "golden", "predict", "units"), "gaussian_*.npy"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, file := range files {
		want := golden.Npy(t, file)
		size := [3]int{1, 1, 1}
		copy(size[3-len(want.Shape):], want.Shape)
		golden.Close(t, filepath.Base(file), GaussianWeights(size), want, 0)
	}
}
