package nrrd

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/nifti"
)

// TestBallInEveryEncoding reads the same volume from every file of samples/nrrd that holds it, and
// compares with the NIfTI file of it.
func TestBallInEveryEncoding(t *testing.T) {
	want, err := nifti.ReadImage(golden.Shared(t, "samples", "nrrd", "BallBinary30x30x30.nii.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".nrrd", ".nhdr", "_byteskip_minus_one.nhdr", "_byteskip_minus_one_nifti.nhdr", "_bz2.nrrd", "_gz.nrrd",
		"_gz_byteskip_minus_one.nrrd", "_gz_lineskip.nrrd"} {
		got, err := ReadImage(golden.Shared(t, "samples", "nrrd", "BallBinary30x30x30"+name))
		if err != nil || !slices.Equal(got.Data, want.Data) || got.Channels != 1 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if g := volume.NewGeometry([3]int{30, 30, 30}, [3]float64{1, 1, 1}); !got.Equal(g, 0) {
			t.Errorf("%s: %+v", name, got.Geometry)
		}
	}
}

func TestSamples(t *testing.T) {
	plane, err := ReadImage(golden.Shared(t, "samples", "nrrd", "test2d_ascii.nrrd"))
	if err != nil || plane.Shape != [3]int{1, 9, 3} || plane.Spacing != [3]float64{1998, 2, 1.0458000000000001} || plane.Data[0] != 1 || plane.Data[26] != 27 {
		t.Errorf("%v, %+v", err, plane)
	}
	single, err := ReadImage(golden.Shared(t, "samples", "nrrd", "test_simple4d_raw.nrrd"))
	if err != nil || single.Shape != [3]int{1, 1, 1} || single.Spacing != [3]float64{1, 1.5, 1.5} || single.Direction[0] != -1 {
		t.Errorf("%v, %+v", err, single)
	}
	for name, reason := range map[string]string{
		// 27 values on one axis, which has no picture.
		"test1d_ascii.nrrd": "1 of the 1 axes", "test_customFields.nrrd": "1 of the 1 axes",
		// The format defines -1 only.
		"BallBinary30x30x30_byteskip_minus_five.nhdr": "byte skip",
		// Without a byte skip, what precedes the voxels of a NIfTI file is taken for voxels, as the header says.
		"BallBinary30x30x30_nifti.nhdr": "",
	} {
		im, err := ReadImage(golden.Shared(t, "samples", "nrrd", name))
		if reason == "" {
			if err != nil || im.Data[0] != 348 {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSegmentations reads the label maps of samples/dicom-seg; the numbers of voxels and geometries are
// those of its SOURCE.md.
func TestSegmentations(t *testing.T) {
	for name, c := range map[string]struct {
		shape  [3]int
		origin [3]float64
		inside int
	}{
		"liver_seg.nrrd":                 {[3]int{3, 512, 512}, [3]float64{-235.19999999999999, -226.80000000000001, -128.69}, 36233 + 35645 + 35220},
		"heart_seg.nrrd":                 {[3]int{3, 512, 512}, [3]float64{-235.19999999999999, -226.80000000000001, -128.69}, 0},
		"sparse_labelmap_noppv_seg.nrrd": {[3]int{3, 38, 24}, [3]float64{46.464900970458984, 5.0188097953796378, -177.75000000000006}, 0},
	} {
		path := golden.Shared(t, "samples", "dicom-seg", name)
		l, err := ReadLabels(path)
		if err != nil || l.Shape != c.shape || l.Origin != c.origin {
			t.Errorf("%s: %v, %+v", name, err, l)
			continue
		}
		inside := 0
		for _, v := range l.Data {
			if v > 0 {
				inside++
			}
		}
		if inside == 0 || c.inside > 0 && inside != c.inside {
			t.Errorf("%s: %d voxels, want %d", name, inside, c.inside)
		}
		out := filepath.Join(t.TempDir(), "a.nrrd")
		if err := WriteLabels(out, l); err != nil {
			t.Fatal(err)
		}
		if again, err := ReadLabels(out); err != nil || bare(again.Geometry) != bare(l.Geometry) || !slices.Equal(again.Data, l.Data) {
			t.Errorf("%s: changed on the way out, %v", name, err)
		}
	}
}

// BenchmarkDecode reads compressed voxels.
func BenchmarkDecode(b *testing.B) {
	path := filepath.Join(b.TempDir(), "a.nrrd")
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
