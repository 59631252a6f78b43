package nifti

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
)

// TestVariants reads files with unusual headers. Expected numbers are those of the table in
// samples/nifti-variants/SOURCE.md, read there with nibabel.
func TestVariants(t *testing.T) {
	for name, c := range map[string]struct {
		shape    [3]int
		channels int
		spacing  [3]float64
		low, up  float64
	}{
		"anatomical.nii":            {[3]int{25, 41, 33}, 1, [3]float64{2, 2, 2}, -610, 30393},
		"functional.nii":            {[3]int{3, 21, 17}, 20, [3]float64{8, 4, 4}, 629.826, 5571.62},
		"reoriented_anat_moved.nii": {[3]int{22, 26, 21}, 1, [3]float64{4, 4, 4}, 0, 21199.9},
		"resampled_anat_moved.nii":  {[3]int{3, 21, 17}, 1, [3]float64{8, 4, 4}, math.NaN(), math.NaN()},
		"example4d.nii.gz":          {[3]int{24, 96, 128}, 2, [3]float64{2.1999990940093994, 2, 2}, 0, 1162},
		"example_nifti2.nii.gz":     {[3]int{12, 20, 32}, 2, [3]float64{2.1999990940093994, 2, 2}, 46, 757},
		"standard.nii.gz":           {[3]int{7, 5, 4}, 1, [3]float64{2, 3, 1}, 0, 255},
		"CT_pitch.nii.gz":           {[3]int{58, 248, 175}, 1, [3]float64{2.3970494270324707, 0.8125, 0.8125}, 0, 255},
		"fmri_pitch.nii.gz":         {[3]int{35, 64, 64}, 1, [3]float64{3.5999999046325684, 3.25, 3.25}, 0, 2210},
		"chris_MRA.nii.gz":          {[3]int{120, 256, 200}, 1, [3]float64{0.6500001549720764, 0.5208337306976318, 0.520832896232605}, 0, 254},
		"anatomical_label.nii.gz":   {[3]int{25, 41, 33}, 1, [3]float64{2, 2, 2}, 0, 1},
	} {
		path := golden.Shared(t, "samples", "nifti-variants", name)
		im, err := ReadImage(path)
		if err != nil {
			t.Error(err)
			continue
		}
		low, up := extremes(im.Data)
		if im.Shape != c.shape || im.Channels != c.channels || im.Spacing != c.spacing || !about(low, c.low) || !about(up, c.up) {
			t.Errorf("%s: shape %v x %d, spacing %v, range [%g, %g]; want %+v", name, im.Shape, im.Channels, im.Spacing, low, up, c)
		}
		rewritten(t, path, im)
	}
}

// rewritten writes labels for an image and compares the header fields that place the voxels.
func rewritten(t *testing.T, path string, im *volume.Image) {
	t.Helper()
	out := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := WriteLabels(out, volume.NewLabels(im.Geometry)); err != nil {
		t.Error(err)
		return
	}
	was, now := header(t, path), header(t, out)
	l := was.layout
	width := 4
	if l.wide {
		width = 8
	}
	for field, span := range map[string][2]int{"pixdim": {l.pixdim, 4 * width}, "qform": {l.quatern, 6 * width}, "sform": {l.srow, 12 * width},
		"codes": {l.qformCode, 2 * width / 2}, "units": {l.units, 1}, "dim": {l.dim + width/2, 3 * width / 2}} {
		a, b := was.raw[span[0]:span[0]+span[1]], now.raw[span[0]:span[0]+span[1]]
		if !bytes.Equal(a, b) {
			t.Errorf("%s: %s is % x, was % x", path, field, b, a)
		}
	}
	back, err := ReadLabels(out)
	if err != nil || back.Shape != im.Shape || back.Spacing != im.Spacing || back.Origin != im.Origin || back.Direction != im.Direction {
		t.Errorf("%s: geometry changed on the way out: %v", path, err)
	}
}

func header(t *testing.T, path string) *Header {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(z); err != nil {
			t.Fatal(err)
		}
		data = b.Bytes()
	}
	h, err := readHeader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHeadersWithoutVoxelsNameTheMissingFile(t *testing.T) {
	for _, name := range []string{"analyze", "nifti1", "nifti2"} {
		path := golden.Shared(t, "samples", "nifti-variants", name+".hdr")
		if _, err := ReadImage(path); err == nil || !strings.Contains(err.Error(), name+".img") || !strings.Contains(err.Error(), "missing") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPairOfFiles(t *testing.T) {
	raw, err := os.ReadFile(golden.Shared(t, "samples", "nifti-variants", "nifti1.hdr"))
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(t.TempDir(), "pair")
	voxels := make([]byte, 2*91*109*91)
	voxels[2] = 7
	os.WriteFile(base+".hdr", raw, 0o644)
	os.WriteFile(base+".img", voxels, 0o644)
	im, err := ReadImage(base + ".hdr")
	if err != nil || im.Shape != [3]int{91, 109, 91} || im.Data[1] != 7 {
		t.Errorf("%v", err)
	}
}

// TestOriginAndDirectionOfGoldenCases compares with the geometry SimpleITK reported to nnU-Net.
func TestObliqueSampleAgreesWithItsQform(t *testing.T) {
	im, err := ReadImage(golden.Shared(t, "samples", "nifti-variants", "example4d.nii.gz"))
	if err != nil {
		t.Fatal(err)
	}
	h := im.Native.(*Header)
	q := h.qform()
	for row, sign := range []float64{-1, -1, 1} {
		if !about(im.Origin[row], sign*q[row][3]) {
			t.Errorf("origin %v, qform %v", im.Origin, q)
		}
		for column := range 3 {
			if want := sign * q[row][column] / im.Spacing[2-column]; math.Abs(im.Direction[3*row+column]-want) > 1e-5 {
				t.Errorf("direction %v, want %g at %d %d", im.Direction, want, row, column)
			}
		}
	}
}

func extremes(data []float32) (low, up float64) {
	low, up = math.Inf(1), math.Inf(-1)
	for _, v := range data {
		low, up = math.Min(low, float64(v)), math.Max(up, float64(v))
	}
	return low, up
}

// about allows for the six digits of the table.
func about(got, want float64) bool {
	return (math.IsNaN(got) && math.IsNaN(want)) || math.Abs(got-want) <= 1e-5*math.Max(1, math.Abs(want))
}
