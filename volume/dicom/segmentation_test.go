package dicom

import (
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume/nrrd"
)

// TestSegmentationEqualsNRRD holds DICOM-SEG objects against the label maps they were made from.
func TestSegmentationEqualsNRRD(t *testing.T) {
	for name, twin := range map[string]string{"liver.dcm": "liver_seg.nrrd", "sparse-labelmap-noppv.dcm": "sparse_labelmap_noppv_seg.nrrd"} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadLabels(golden.Shared(t, "samples", "dicom-seg", name))
			if err != nil {
				t.Fatal(err)
			}
			want, err := nrrd.ReadLabels(golden.Shared(t, "samples", "dicom-seg", twin))
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(want.Geometry, 1e-4) {
				t.Errorf("geometry %+v, want %+v", got.Geometry, want.Geometry)
			}
			if !slices.Equal(got.Data, want.Data) {
				t.Error("voxels differ")
			}
		})
	}
}

func TestOverlappingSegments(t *testing.T) {
	path := golden.Shared(t, "samples", "dicom-seg", "partial_overlaps.dcm")
	s, err := ReadSegmentation(path)
	if err != nil {
		t.Fatal(err)
	}
	voxels := 0
	for _, mask := range s.Segments {
		for _, in := range mask {
			if in {
				voxels++
			}
		}
	}
	// The three label maps that the object was made from hold as many (the sample's SOURCE.md).
	if len(s.Segments) != 5 || voxels != 43639 {
		t.Errorf("%d segments of %d voxels, want 5 of 43639", len(s.Segments), voxels)
	}
	_, err = ReadLabels(path)
	refused(t, err, "overlap")
}

// TestSegmentationEncodings holds the deflated and big endian objects against the plain one.
func TestSegmentationEncodings(t *testing.T) {
	want, err := ReadLabels(golden.Shared(t, "samples", "dicom-transfer-syntaxes", "liver.dcm"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadLabels(golden.Shared(t, "samples", "dicom-transfer-syntaxes", "liver_deflate.dcm"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Data, want.Data) {
		t.Error("voxels differ")
	}
}
