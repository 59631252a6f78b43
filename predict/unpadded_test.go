package predict

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine/ref"
	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/weights"
)

// TestTilesEqualOnePass predicts with an unpadded U-Net in tiles and compares with one pass over the whole
// image with its mirrored surroundings: the logits are the same everywhere, up to the half precision that
// they are kept in.
func TestTilesEqualOnePass(t *testing.T) {
	for name, c := range map[string]struct {
		patch []int
		shape [3]int
		step  float64
	}{
		"3D":                    {[]int{16, 18, 20}, [3]int{20, 27, 31}, 0},
		"3D, overlapping":       {[]int{16, 18, 20}, [3]int{20, 27, 31}, 0.5},
		"3D, small":             {[]int{16, 18, 20}, [3]int{3, 1, 40}, 0},
		"3D, exactly one":       {[]int{16, 18, 20}, [3]int{8, 10, 12}, 0},
		"2D":                    {[]int{20, 28}, [3]int{4, 50, 33}, 0},
		"2D, smaller than tile": {[]int{20, 28}, [3]int{2, 7, 9}, 0.3},
		"2D, one voxel a tile":  {[]int{10, 10}, [3]int{2, 11, 8}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := synthetic{patch: c.patch, features: []int{4, 6}, spacing: make([]float64, len(c.patch)), forward: [3]int{0, 1, 2},
				labels: labelling(t, 3), folds: 1, workers: 2, unpadded: true}
			for i := range s.spacing {
				s.spacing[i] = 1
			}
			config := s.config(t)
			config.Step = c.step
			p := s.predictor(t, config)
			sample, err := p.Preprocess(noiseImage(c.shape, [3]float64{1, 1, 1}, 0))
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Logits(context.Background(), sample, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := onePass(t, p, sample)
			for i, v := range want {
				// Two roundings to half precision, 2^-11 each, and the sums of a few equal tiles.
				if d := math.Abs(float64(got.Data[i] - v)); d > 0.003*math.Max(0.1, math.Abs(float64(v))) {
					t.Fatalf("logit %d is %v, in one pass %v", i, got.Data[i], v)
				}
			}
		})
	}
}

// onePass runs the network once on the padded image and its margin, slice by slice for a 2D network.
func onePass(t *testing.T, p *Predictor, s *preprocess.Sample) []float32 {
	t.Helper()
	w := p.window
	image := w.pad(s.Data, s.Channels, s.Shape)
	size, slicesAtOnce := image.shape, image.shape[0]
	for i := range 3 {
		size[i] += 2 * w.margin[i]
	}
	if w.slices {
		size[0], slicesAtOnce = 1, 1
	}
	f, err := newForward(w.forward.model.Architecture, 1, w.classes, size, p.config.Executor)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	if err := f.load(p.config.Folds[0]); err != nil {
		t.Fatal(err)
	}
	result := make([]float32, w.classes*s.Shape[0]*s.Shape[1]*s.Shape[2])
	for z := 0; z < image.shape[0]; z += slicesAtOnce {
		image.read(f.input.F32, [3]int{z}, size)
		if err := f.run(context.Background()); err != nil {
			t.Fatal(err)
		}
		for i, v := range f.output.F32 {
			c, at := i/(slicesAtOnce*image.shape[1]*image.shape[2]), i%(slicesAtOnce*image.shape[1]*image.shape[2])
			place := [3]int{z + at/(image.shape[1]*image.shape[2]), at / image.shape[2] % image.shape[1], at % image.shape[2]}
			inside := true
			for k := range 3 {
				place[k] -= image.before[k]
				inside = inside && place[k] >= 0 && place[k] < s.Shape[k]
			}
			if inside {
				result[((c*s.Shape[0]+place[0])*s.Shape[1]+place[1])*s.Shape[2]+place[2]] = v
			}
		}
	}
	return result
}

func TestReflect(t *testing.T) {
	for n, want := range map[int][]int{1: {0, 0, 0, 0, 0, 0, 0}, 2: {1, 0, 1, 0, 1, 0, 1}, 3: {1, 2, 1, 0, 1, 2, 1}, 4: {3, 2, 1, 0, 1, 2, 3}} {
		var got []int
		for i := -3; i <= 3; i++ {
			got = append(got, reflect(i, n))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d voxels: -3 to 3 fall on %v, want %v", n, got, want)
		}
	}
}

// TestAlignedTiles: the tiles of an unpadded network cover the padded image, begin at multiples of the
// strides and lie no further apart than their step.
func TestAlignedTiles(t *testing.T) {
	for extent := 1; extent < 90; extent++ {
		for _, step := range []float64{0, 0.3, 0.5, 1} {
			w := newTiles([3]int{1, 200, 200}, []int{16, 20}, []int{8, 8}, step)
			image := w.pad(nil, 1, [3]int{1, extent, extent})
			for axis := 1; axis < 3; axis++ {
				starts := w.starts(axis, image.shape[axis])
				if image.shape[axis] < extent || starts[0] != 0 || starts[len(starts)-1]+w.tile[axis] != image.shape[axis] {
					t.Fatalf("%s: starts %v in %d", fmt.Sprint(extent, step, axis), starts, image.shape[axis])
				}
				for i, s := range starts {
					if s%8 != 0 || i > 0 && (s <= starts[i-1] || s-starts[i-1] > max(8, int(float64(w.tile[axis])*w.step))) {
						t.Fatalf("%s: starts %v", fmt.Sprint(extent, step, axis), starts)
					}
				}
			}
		}
	}
}

// TestRefusesExtents: a patch that an unpadded network cannot take is refused with one that it can.
func TestRefusesExtents(t *testing.T) {
	s := synthetic{patch: []int{17, 18, 20}, features: []int{4, 6}, spacing: []float64{1, 1, 1}, forward: [3]int{0, 1, 2},
		labels: labelling(t, 3), unpadded: true}
	c := Config{Plans: s.plans(), Configuration: "test", Labelling: s.labels, Folds: [][]weights.Tensor{nil}, Executor: ref.New(1)}
	_, err := New(c)
	if err == nil || !strings.Contains(err.Error(), "the next one that does is 18") {
		t.Fatalf("a patch of 17: %v", err)
	}
	c.Plans.Configurations[0].PatchSize[0] = 18
	if p, err := New(c); err != nil {
		t.Error(err)
	} else if got := p.window.forward.model.Margin(); !slices.Equal(got, p.window.margin[:]) || got[0] != 4 {
		t.Errorf("margin %v, the windows' is %v, want 4", got, p.window.margin)
	}
}
