package mha

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
)

// TestSamples reads the files of samples/metaimage. Shapes, spacings and offsets are those of the table
// in its SOURCE.md.
func TestSamples(t *testing.T) {
	for name, c := range map[string]struct {
		shape           [3]int
		spacing         [3]float64
		origin          [3]float64
		labels, written bool
	}{
		"2DMRI-T1_brain.mha":                {shape: [3]int{1, 256, 256}, spacing: [3]float64{999, 1, 1}},
		"2D_2x2_square_object_at_(1,3).mhd": {shape: [3]int{1, 6, 5}, spacing: [3]float64{999, 1, 1}, labels: true},
		"3DCT_lung_baseline_mask.mha":       {shape: [3]int{129, 157, 115}, spacing: [3]float64{2.5, 1.366, 1.366}, origin: [3]float64{-153.827, -150.352, -1434.5}, labels: true},
		"3DCT_lung_baseline_small.mha":      {shape: [3]int{64, 78, 57}, spacing: [3]float64{5, 2.732, 2.732}, origin: [3]float64{-152.461, -148.986, -1432}},
		"fixed.mhd":                         {shape: [3]int{1, 256, 256}, spacing: [3]float64{999, 1, 1}},
		"mask_fixed.mhd":                    {shape: [3]int{1, 256, 256}, spacing: [3]float64{999, 1, 1}, labels: true},
	} {
		path := golden.Shared(t, "samples", "metaimage", name)
		im, err := ReadImage(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if im.Shape != c.shape || im.Spacing != c.spacing || im.Origin != c.origin || im.Channels != 1 {
			t.Errorf("%s: %+v, want %+v", name, im.Geometry, c)
		}
		low, high := slices.Min(im.Data), slices.Max(im.Data)
		if math.IsNaN(float64(low)) || low == high {
			t.Errorf("%s: values from %g to %g", name, low, high)
		}
		if _, err := ReadLabels(path); c.labels && err != nil {
			t.Errorf("%s as labels: %v", name, err)
		}
		out := filepath.Join(t.TempDir(), "a.mha")
		if err := WriteImage(out, im); err != nil {
			t.Error(err)
			continue
		}
		if again, err := ReadImage(out); err != nil || again.Geometry != im.Geometry || !slices.Equal(again.Data, im.Data) {
			t.Errorf("%s: changed on the way out, %v", name, err)
		}
	}
}

// TestSquareObject knows the voxels from the name: an object of 2x2 at index (1, 3).
func TestSquareObject(t *testing.T) {
	im, err := ReadImage(golden.Shared(t, "samples", "metaimage", "2D_2x2_square_object_at_(1,3).mhd"))
	if err != nil {
		t.Fatal(err)
	}
	for y := range 6 {
		for x := range 5 {
			inside := (x == 1 || x == 2) && (y == 3 || y == 4)
			if got := im.Channel(0).At(0, y, x); (got != 0) != inside {
				t.Errorf("voxel (%d, %d) is %g", x, y, got)
			}
		}
	}
}

// BenchmarkDecode reads compressed voxels.
func BenchmarkDecode(b *testing.B) {
	path := filepath.Join(b.TempDir(), "a.mha")
	im := volume.NewImage(volume.NewGeometry([3]int{64, 128, 128}, [3]float64{1, 1, 1}), 1)
	for i := range im.Data {
		im.Data[i] = float32(i * i >> 7 & 0x3ff)
	}
	if err := WriteImage(path, im); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(4 * len(im.Data)))
	for b.Loop() {
		if _, err := ReadImage(path); err != nil {
			b.Fatal(err)
		}
	}
}
