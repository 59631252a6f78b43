package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume/dicom"
)

// TestConvertToDICOM writes labels as DICOM-SEG beside their series and reads them back.
func TestConvertToDICOM(t *testing.T) {
	series := golden.Shared(t, "samples", "dicom-seg", "ct-3slice")
	labels := golden.Shared(t, "samples", "dicom-seg", "liver_seg.nrrd")
	want, err := dataset.Formats().ReadLabels(labels)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "liver.dcm")
	if code, _, stderr := execute("convert", labels, out, "--reference", series); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	got, err := dicom.ReadLabels(out)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Data, want.Data) || !got.Equal(want.Geometry, 1e-4) {
		t.Error("the segmentation came back another one")
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no series", []string{labels, out}, 2, "--reference SERIES"},
		{"an image", []string{series, out, "--reference", series}, 3, "only segmentations are written as DICOM"},
		{"another grid", []string{labels, out, "--reference", golden.Shared(t, "samples", "dicom-rtstruct", "oriented_data")}, 3, "another grid"},
		{"overlap", []string{golden.Shared(t, "samples", "dicom-seg", "partial_overlaps.dcm"), out + ".nrrd"}, 3, "choose one with --segment"},
		{"no such segment", []string{out, out + ".nrrd", "--segment", "spleen"}, 3, "there is no segment \"spleen\""},
		{"contours of another series", []string{golden.Shared(t, "samples", "dicom-rtstruct", "empty", "dummy_rt.dcm"), out + ".nrrd"}, 3, "name their folder with --reference"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, stderr := execute(append([]string{"convert"}, c.args...)...)
			if code != c.code || !strings.Contains(stderr, c.want) {
				t.Errorf("exit %d, %s; want %d and %q", code, stderr, c.code, c.want)
			}
		})
	}
}

// TestConvertContours reads contours on the series beside them: 1443 voxels (volume/dicom, TestStructures).
func TestConvertContours(t *testing.T) {
	out := filepath.Join(t.TempDir(), "roi.nii.gz")
	code, _, stderr := execute("convert", golden.Shared(t, "samples", "dicom-rtstruct", "mock_data", "rt.dcm"), out, "--segment", "ROI-1")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	labels, err := dataset.Formats().ReadLabels(out)
	if err != nil {
		t.Fatal(err)
	}
	voxels := 0
	for _, v := range labels.Data {
		voxels += int(v)
	}
	if voxels != 1443 {
		t.Errorf("%d voxels, want 1443", voxels)
	}
}
