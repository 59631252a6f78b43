package preprocess

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/float16"
	"github.com/autoseg/autoseg/volume"
)

// slicesOf hands out slices and fails the test when one is asked for that is not final, or was given up.
type slicesOf struct {
	t           *testing.T
	logits      Logits
	kept, final int
}

func (s *slicesOf) Slice(dst []float32, head, z int) {
	if z < s.kept || z >= s.final {
		s.t.Errorf("slice %d asked for, those from %d to %d are there", z, s.kept, s.final)
		return
	}
	box := volume.Box{Start: [3]int{z, 0, 0}, End: [3]int{z + 1, s.logits.Shape[1], s.logits.Shape[2]}}
	s.logits.Head(head).Crop(box).Copy(dst)
}

func TestLabelStreamEqualsRestoreLabels(t *testing.T) {
	for name, c := range map[string]struct {
		shape   [3]int
		spacing [3]float64
		forward [3]int
		step    int
	}{
		"larger":      {[3]int{40, 23, 18}, [3]float64{0.5, 0.5, 0.6}, [3]int{0, 1, 2}, 3},
		"smaller":     {[3]int{10, 8, 6}, [3]float64{2, 1.7, 2}, [3]int{0, 1, 2}, 1},
		"equal":       {[3]int{10, 8, 6}, [3]float64{1, 1, 1}, [3]int{0, 1, 2}, 4},
		"transposed":  {[3]int{12, 11, 23}, [3]float64{0.7, 1, 0.6}, [3]int{2, 0, 1}, 7},
		"separate z":  {[3]int{6, 20, 17}, [3]float64{3.5, 0.8, 0.8}, [3]int{0, 1, 2}, 2},
		"separate x":  {[3]int{20, 17, 6}, [3]float64{0.8, 0.8, 3.5}, [3]int{1, 0, 2}, 5},
		"all at once": {[3]int{9, 9, 9}, [3]float64{0.8, 1, 1}, [3]int{0, 1, 2}, 100},
	} {
		t.Run(name, func(t *testing.T) {
			p := testPlans()
			p.TransposeForward = c.forward
			l := testLabelling(t)
			image, _ := testCase(c.shape, c.spacing)
			sample, err := pipelineOf(t, p, "3d_fullres", l).Run(image, nil)
			if err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(3, 4))
			logits := Logits{Shape: sample.Shape, Data: make([]float32, l.Heads()*sample.Shape[0]*sample.Shape[1]*sample.Shape[2])}
			for i := range logits.Data {
				logits.Data[i] = float32(float16.Round(rng.NormFloat64()))
			}
			o := RestoreOptions{Precision: volume.Half, Workers: 3}
			want, err := sample.Trail.RestoreLabels(l, logits, o)
			if err != nil {
				t.Fatal(err)
			}
			stream, err := sample.Trail.LabelStream(l, o)
			if err != nil {
				t.Fatal(err)
			}
			source := &slicesOf{t: t, logits: logits}
			for source.final < sample.Shape[0] {
				source.final = min(source.final+c.step, sample.Shape[0])
				source.kept = stream.Advance(source.final, source)
			}
			if !slices.Equal(stream.Labels().Data, want.Data) {
				t.Error("labels differ")
			}
		})
	}
}

func TestLabelStreamNeedsSlices(t *testing.T) {
	p := testPlans()
	p.Configurations[0].ResampleProbabilities.Order = 3
	l := testLabelling(t)
	image, _ := testCase([3]int{9, 9, 9}, [3]float64{0.8, 1, 1})
	sample, err := pipelineOf(t, p, "3d_fullres", l).Run(image, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sample.Trail.LabelStream(l, RestoreOptions{}); err == nil || sample.Trail.Streamable() {
		t.Errorf("order 3 cannot be done slice by slice, got error %v", err)
	}
}
