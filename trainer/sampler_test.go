package trainer

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/golden"
)

// recorded replays the draws of nnU-Net's data loader.
type recorded struct {
	t     *testing.T
	draws []recordedDraw
}

type recordedDraw struct {
	Call   string
	N      int
	Low    int
	High   int `json:"high_exclusive"`
	Result int
}

func (r *recorded) IntN(n int) int {
	r.t.Helper()
	if len(r.draws) == 0 {
		r.t.Fatal("more draws than nnU-Net made")
	}
	d := r.draws[0]
	r.draws = r.draws[1:]
	want := d.N
	if d.Call == "randint" {
		want = d.High - d.Low
	}
	if n != want {
		r.t.Fatalf("a draw from %d, nnU-Net's was from %d", n, want)
	}
	return d.Result - d.Low
}

func TestBoxesEqualNNUNet(t *testing.T) {
	var file struct {
		Boxes []struct {
			Name       string
			ImageShape [3]int `json:"image_shape"`
			PatchSize  []int  `json:"patch_size"`
			FinalSize  []int  `json:"final_patch_size"`
			Ignore     bool   `json:"has_ignore_label"`
			Force      bool   `json:"force_foreground"`
			Classes    []struct {
				Key    any
				Voxels [][4]int32
			} `json:"class_locations"`
			Draws    []recordedDraw
			Smallest [3]int `json:"smallest_lower"`
			Largest  [3]int `json:"largest_lower"`
			Lower    [3]int
			Upper    [3]int
		} `json:"get_bbox"`
		Forced []struct {
			Batch  int     `json:"batch_size"`
			Share  float64 `json:"oversample_foreground_percent"`
			Forced []bool
		} `json:"forced_foreground"`
	}
	content, err := os.ReadFile(golden.Shared(t, "golden", "augment", "patch_sampling.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Boxes {
		t.Run(c.Name, func(t *testing.T) {
			s := Sampler{Cut: threeAxes(c.PatchSize), Final: threeAxes(c.FinalSize), Ignored: c.Ignore}
			var classes []dataset.ClassLocations
			for _, class := range c.Classes {
				l := dataset.ClassLocations{}
				switch key := class.Key.(type) {
				case float64:
					l.Labels = []int{int(key)}
				case []any:
					for _, v := range key {
						l.Labels = append(l.Labels, int(v.(float64)))
					}
				}
				for _, v := range class.Voxels {
					l.Voxels = append(l.Voxels, [3]int32(v[1:]))
				}
				classes = append(classes, l)
			}
			// With one class alone nnU-Net draws from one; there is nothing to draw for us.
			draws := c.Draws
			if len(draws) == 2 && draws[0].Call == "choice" && draws[0].N == 1 && c.Ignore {
				draws = draws[1:]
			}
			low, high := s.Bounds(c.ImageShape)
			box := s.Box(&recorded{t: t, draws: draws}, c.ImageShape, classes, c.Force)
			if low != c.Smallest || high != c.Largest || box.Start != c.Lower || box.End != c.Upper {
				t.Errorf("bounds %v %v, box %v; want %v %v, %v %v", low, high, box, c.Smallest, c.Largest, c.Lower, c.Upper)
			}
		})
	}
	for _, c := range file.Forced {
		for j, want := range c.Forced {
			if Forced(j, c.Batch, c.Share) != want {
				t.Errorf("batch of %d: sample %d is forced %v, want %v", c.Batch, j, !want, want)
			}
		}
	}
}

func threeAxes(shape []int) [3]int {
	if len(shape) == 2 {
		return [3]int{1, shape[0], shape[1]}
	}
	return [3]int(shape)
}
