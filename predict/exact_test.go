package predict

import (
	"context"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/float16"
	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/volume"
)

// wholeLogits is the method in the plainest form: the sums of the whole image in float32, fold by fold.
func wholeLogits(t *testing.T, p *Predictor, s *preprocess.Sample) preprocess.Logits {
	t.Helper()
	w := p.window
	image := w.pad(s.Data, s.Channels, s.Shape)
	n := image.shape[0] * image.shape[1] * image.shape[2]
	var total []float32
	for fold := range p.config.Folds {
		if err := p.load(fold); err != nil {
			t.Fatal(err)
		}
		sum, weight := make([]float32, w.classes*n), make([]float32, n)
		for _, row := range w.rows(image.shape) {
			for _, start := range row {
				image.read(w.forward.input.F32, start, w.size)
				tile, err := w.predict(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				grid := func(data []float32) volume.Grid[float32] {
					return volume.NewGrid(image.shape, data).Crop(volume.WholeBox(w.tile).Shift(start))
				}
				for i, g := range w.gauss {
					at := grid(weight).Index(i/w.tile[2]/w.tile[1], i/w.tile[2]%w.tile[1], i%w.tile[2])
					grid(weight).Data[at] = float16.RoundFinite(grid(weight).Data[at] + g)
					for c := range w.classes {
						part := grid(sum[c*n : (c+1)*n]).Data
						part[at] = float16.RoundFinite(part[at] + float32(g*tile[c*len(w.gauss)+i]))
					}
				}
			}
		}
		for i, v := range sum {
			sum[i] = float16.RoundFinite(v / weight[i%n])
		}
		if fold == 0 {
			total = sum
			continue
		}
		for i, v := range sum {
			total[i] = float16.RoundFinite(total[i] + v)
		}
	}
	if folds := float32(len(p.config.Folds)); folds > 1 {
		for i, v := range total {
			total[i] = float16.RoundFinite(v / folds)
		}
	}
	l := preprocess.Logits{Shape: s.Shape}
	for c := range w.classes {
		inner := volume.NewGrid(image.shape, total[c*n:(c+1)*n]).Crop(volume.WholeBox(s.Shape).Shift(image.before))
		l.Data = append(l.Data, inner.Copy(make([]float32, inner.Voxels()))...)
	}
	return l
}

// TestLabelsEqualAllInMemory holds the bounded way against the plain one, voxel by voxel.
func TestLabelsEqualAllInMemory(t *testing.T) {
	regions, err := dataset.NewLabelling([]dataset.Region{{Name: "background", Labels: []int{0}},
		{Name: "whole", Labels: []int{1, 2}}, {Name: "core", Labels: []int{2}}}, []int{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	base := synthetic{patch: []int{8, 8, 8}, features: []int{4, 8}, spacing: []float64{1, 1, 1}, forward: [3]int{0, 1, 2},
		labels: labelling(t, 4), folds: 1, workers: 2}
	with := func(change func(*synthetic)) synthetic { s := base; change(&s); return s }
	unpadded := with(func(s *synthetic) { s.unpadded, s.patch = true, []int{16, 18, 20} })
	unpaddedTwice := unpadded
	unpaddedTwice.folds, unpaddedTwice.mirror = 2, []int{1}
	unpadded2D := with(func(s *synthetic) { s.unpadded, s.patch, s.spacing = true, []int{16, 20}, []float64{1, 1} })
	for name, test := range map[string]struct {
		synthetic
		shape   [3]int
		spacing [3]float64
		border  int
	}{
		"same grid":            {base, [3]int{21, 13, 10}, [3]float64{1, 1, 1}, 0},
		"result larger":        {base, [3]int{40, 23, 18}, [3]float64{0.5, 0.5, 0.6}, 0},
		"result smaller":       {base, [3]int{10, 8, 6}, [3]float64{2, 1.7, 2}, 0},
		"separate z":           {base, [3]int{6, 20, 17}, [3]float64{3.5, 0.8, 0.8}, 0},
		"separate y":           {base, [3]int{20, 6, 17}, [3]float64{0.8, 3.5, 0.8}, 0},
		"separate x":           {base, [3]int{20, 17, 6}, [3]float64{0.8, 0.8, 3.5}, 0},
		"crop":                 {base, [3]int{26, 25, 24}, [3]float64{0.8, 0.8, 0.8}, 3},
		"padding":              {base, [3]int{5, 6, 7}, [3]float64{1, 1, 1}, 0},
		"padding of one axis":  {base, [3]int{30, 4, 9}, [3]float64{0.7, 1, 1}, 0},
		"padding and crop":     {base, [3]int{8, 9, 10}, [3]float64{0.9, 1, 1}, 2},
		"one slice":            {base, [3]int{1, 20, 11}, [3]float64{1, 1, 1}, 0},
		"one voxel":            {base, [3]int{1, 1, 1}, [3]float64{1, 1, 1}, 0},
		"transposed":           {with(func(s *synthetic) { s.forward = [3]int{2, 0, 1} }), [3]int{12, 11, 23}, [3]float64{0.7, 1, 0.6}, 1},
		"two folds":            {with(func(s *synthetic) { s.folds = 2 }), [3]int{33, 9, 12}, [3]float64{0.6, 1, 1}, 0},
		"three folds, padding": {with(func(s *synthetic) { s.folds = 3 }), [3]int{5, 6, 12}, [3]float64{0.6, 1, 1}, 0},
		"mirrored":             {with(func(s *synthetic) { s.mirror = []int{0, 2} }), [3]int{17, 9, 10}, [3]float64{0.8, 1, 1}, 0},
		"regions":              {with(func(s *synthetic) { s.labels = regions }), [3]int{33, 9, 12}, [3]float64{0.6, 0.8, 1}, 1},
		"regions, two folds":   {with(func(s *synthetic) { s.labels, s.folds = regions, 2 }), [3]int{23, 9, 12}, [3]float64{0.6, 0.8, 1}, 0},
		"many rows":            {base, [3]int{90, 9, 9}, [3]float64{1, 1, 1}, 0},
		"slices of 2D":         {with(func(s *synthetic) { s.patch, s.spacing = []int{8, 12}, []float64{1, 1} }), [3]int{40, 13, 15}, [3]float64{3, 0.7, 0.7}, 1},
		"unpadded":             {unpadded, [3]int{21, 19, 23}, [3]float64{0.9, 1, 1}, 1},
		"unpadded, padding":    {unpadded, [3]int{5, 19, 3}, [3]float64{1, 1, 1}, 0},
		"unpadded, two folds":  {unpaddedTwice, [3]int{60, 11, 13}, [3]float64{1, 1, 0.8}, 0},
		"unpadded, 2D":         {unpadded2D, [3]int{30, 21, 5}, [3]float64{3, 0.7, 0.7}, 0},
		"order 3 across":       {with(func(s *synthetic) { s.across = 3 }), [3]int{6, 20, 17}, [3]float64{3.5, 0.8, 0.8}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := test.predictor(t, test.config(t))
			s, err := p.Preprocess(noiseImage(test.shape, test.spacing, test.border))
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Sample(context.Background(), s, nil)
			if err != nil {
				t.Fatal(err)
			}
			logits := wholeLogits(t, p, s)
			collected, err := p.Logits(context.Background(), s, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(collected.Data, logits.Data) {
				t.Error("the logits differ")
			}
			want, err := s.Trail.RestoreLabels(&p.config.Labelling, logits, p.restoreOptions())
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Labels.Data, want.Data) {
				t.Error("the labels differ")
			}
			if test.shape != [3]int{1, 1, 1} && slices.Min(want.Data) == slices.Max(want.Data) {
				t.Error("all labels are equal, so nothing was tested")
			}
		})
	}
}

func TestAgreementEqualsDiceOfFolds(t *testing.T) {
	s := synthetic{patch: []int{8, 8, 8}, features: []int{4, 8}, spacing: []float64{1, 1, 1}, forward: [3]int{0, 1, 2},
		labels: labelling(t, 4), folds: 3, workers: 2}
	c := s.config(t)
	image := noiseImage([3]int{21, 6, 10}, [3]float64{1, 1, 1}, 0) // not resampled, so labels can be compared
	got, err := s.predictor(t, c).Image(context.Background(), image, nil)
	if err != nil {
		t.Fatal(err)
	}
	var alone [][]uint16
	for fold := range c.Folds {
		one := c
		one.Folds = c.Folds[fold : fold+1]
		r, err := s.predictor(t, one).Image(context.Background(), image, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Agreement != nil {
			t.Error("a single fold agrees with nobody")
		}
		alone = append(alone, r.Labels.Data)
	}
	for i, label := range []uint16{1, 2, 3} {
		want := (dice(alone[0], alone[1], label) + dice(alone[0], alone[2], label) + dice(alone[1], alone[2], label)) / 3
		if d := got.Agreement[i] - want; d > 1e-12 || d < -1e-12 {
			t.Errorf("label %d: agreement %g, want %g", label, got.Agreement[i], want)
		}
	}
}

func dice(a, b []uint16, label uint16) float64 {
	both, sum := 0, 0
	for i := range a {
		if a[i] == label {
			sum++
		}
		if b[i] == label {
			sum++
		}
		if a[i] == label && b[i] == label {
			both++
		}
	}
	return 2 * float64(both) / float64(sum)
}
