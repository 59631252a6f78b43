package dicom

import (
	"math"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/mha"
)

func read(t *testing.T, elements ...string) *volume.Image {
	t.Helper()
	image, err := ReadImage(golden.Shared(t, append([]string{"samples"}, elements...)...))
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// TestSeriesEqualsMetaImage holds two series against the volumes that ITK made of them.
func TestSeriesEqualsMetaImage(t *testing.T) {
	for _, name := range []string{"ProstateX-0001-adc", "ProstateX-0001-sag"} {
		t.Run(name, func(t *testing.T) {
			got := read(t, "prostatex", "dicom", name)
			want, err := mha.ReadImage(golden.Shared(t, "samples", "prostatex", "mha", name+".mha"))
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(want.Geometry, 1e-6) {
				t.Errorf("geometry %+v, want %+v", got.Geometry, want.Geometry)
			}
			if !slices.Equal(got.Data, want.Data) {
				t.Error("voxels differ")
			}
		})
	}
}

// TestTwins holds encodings of one picture against the uncompressed one.
func TestTwins(t *testing.T) {
	const wg04, pydicom = "dicom-wg04-ct-mr", "dicom-transfer-syntaxes"
	for _, c := range []struct {
		folder, twin string
		names        []string
		tolerance    float64 // in stored values times the slope
	}{
		{wg04, "CT2_UNC", []string{"CT2_J2KR", "CT2_JLSL", "CT2_JPLL", "CT2_RLE"}, 0},
		{wg04, "MR4_UNC", []string{"MR4_J2KR", "MR4_JLSL", "MR4_JPLL", "MR4_RLE"}, 0},
		{pydicom, "MR_small.dcm", []string{"MR_small_implicit.dcm", "MR_small_bigendian.dcm", "MR_small_expb.dcm", "MR_small_RLE.dcm",
			"MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR_small_padded.dcm"}, 0},
		{pydicom, "emri_small.dcm", []string{"emri_small_RLE.dcm", "emri_small_big_endian.dcm"}, 0},
	} {
		want := read(t, c.folder, c.twin)
		for _, name := range c.names {
			t.Run(name, func(t *testing.T) {
				got := read(t, c.folder, name)
				if !got.Equal(want.Geometry, 1e-6) {
					t.Errorf("geometry %+v, want %+v", got.Geometry, want.Geometry)
				}
				if worst := largest(got.Data, want.Data); worst > c.tolerance {
					t.Errorf("differs by %g, want at most %g", worst, c.tolerance)
				}
			})
		}
	}
}

func largest(a, b []float32) (worst float64) {
	for i := range a {
		worst = max(worst, math.Abs(float64(a[i])-float64(b[i])))
	}
	return worst
}

// TestRefusals holds files that are no images, or damaged, against the reason that is right.
func TestRefusals(t *testing.T) {
	for name, want := range map[string]string{
		"MR_truncated.dcm":     "claims 8192 bytes, 8130 are left",
		"rtdose.dcm":           "dose distribution",
		"rtplan.dcm":           "no rows and columns",
		"test-SR.dcm":          "no rows and columns",
		"examples_palette.dcm": "PALETTE COLOR",
		"SOURCE.md":            "not a DICOM file",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadImage(golden.Shared(t, "samples", "dicom-transfer-syntaxes", name))
			refused(t, err, want)
		})
	}
}
