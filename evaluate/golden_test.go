package evaluate

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/internal/jsonx"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/nifti"
)

func formats() volume.Formats {
	return volume.Formats{".nii.gz": {ReadLabels: nifti.ReadLabels}}
}

// TestGoldenSummaries holds our summaries, written in nnU-Net's style, against nnU-Net's own files.
func TestGoldenSummaries(t *testing.T) {
	dir := golden.Shared(t, "golden", "eval", "metrics")
	for name, test := range map[string]struct {
		reference, summary string
		classes            []Class
		ignore             int
	}{
		"labels":  {"ref", "summary.json", Labels([]int{1, 2}), NoIgnore},
		"ignore":  {"ref_ignore", "summary_ignore3.json", Labels([]int{1, 2}), 3},
		"regions": {"ref", "summary_regions.json", []Class{{"(1, 2)", []int{1, 2}}, {"2", []int{2}}}, NoIgnore},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Folder(context.Background(), filepath.Join(dir, test.reference), filepath.Join(dir, "pred"),
				Options{Classes: test.classes, Ignore: test.ignore, Formats: formats(), Workers: 2})
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := s.Write(&b, NNUNet); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(dir, test.summary))
			if err != nil {
				t.Fatal(err)
			}
			got, want := parse(t, b.Bytes()), parse(t, text)
			if d := close(got, want, ""); d != "" {
				t.Error(d)
			}
		})
	}
}

func parse(t *testing.T, text []byte) any {
	v, err := jsonx.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// close compares two documents; numbers may differ by 1e-12 relative, the rounding of another order of
// summation.
func close(got, want any, path string) string {
	switch w := want.(type) {
	case *jsonx.Object:
		g, ok := got.(*jsonx.Object)
		if !ok || len(g.Keys()) != len(w.Keys()) {
			return path + ": other keys"
		}
		for _, k := range w.Keys() {
			a, _ := g.Get(k)
			b, _ := w.Get(k)
			if d := close(a, b, path+"/"+k); d != "" {
				return d
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return path + ": other length"
		}
		for i := range w {
			if d := close(g[i], w[i], path); d != "" {
				return d
			}
		}
	case jsonx.Number:
		g, ok := got.(jsonx.Number)
		a, b := g.Float64(), w.Float64()
		if !ok || !(math.Abs(a-b) <= 1e-12*math.Abs(b) || (math.IsNaN(a) && math.IsNaN(b))) {
			return path + ": got " + string(g) + ", want " + string(w)
		}
	case string:
		if g, ok := got.(string); !ok || filepath.Base(g) != filepath.Base(w) {
			return path + ": got another text than " + w
		}
	}
	return ""
}

func TestCountsOfWorkedExample(t *testing.T) {
	// architectures.md 12.5: a 4x4 square in 8x8, the prediction shifted by one column.
	reference, prediction := make([]uint16, 64), make([]uint16, 64)
	for y := 2; y < 6; y++ {
		for x := 2; x < 6; x++ {
			reference[y*8+x], prediction[y*8+x+1] = 1, 1
		}
	}
	c := Count(reference, prediction, Labels([]int{1}), NoIgnore)[0]
	if c != (Counts{TP: 12, FP: 4, FN: 4, TN: 44}) {
		t.Fatalf("counts %+v", c)
	}
	for name, v := range map[string][2]float64{
		"Dice": {c.Dice(), 0.75}, "Jaccard": {c.Jaccard(), 0.6}, "accuracy": {c.Accuracy(), 0.875},
		"recall": {c.Recall(), 0.75}, "precision": {c.Precision(), 0.75}, "specificity": {c.Specificity(), 44.0 / 48},
	} {
		if math.Abs(v[0]-v[1]) > 1e-15 {
			t.Errorf("%s: got %v, want %v", name, v[0], v[1])
		}
	}
}

func BenchmarkCount(b *testing.B) {
	reference, prediction := make([]uint16, 1<<22), make([]uint16, 1<<22)
	for i := range reference {
		reference[i], prediction[i] = uint16(i>>8%3), uint16((i+40)>>8%3)
	}
	b.SetBytes(int64(4 * len(reference)))
	for b.Loop() {
		Count(reference, prediction, Labels([]int{1, 2}), NoIgnore)
	}
}
