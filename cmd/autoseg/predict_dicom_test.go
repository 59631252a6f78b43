package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume/dicom"
	"github.com/autoseg/autoseg/volume/nifti"
)

// TestPredictDICOM predicts a series by itself and in a folder of series: NIfTI and DICOM-SEG say the same.
func TestPredictDICOM(t *testing.T) {
	series := golden.Shared(t, "samples", "dicom-rtstruct", "oriented_data")
	model, _ := smallModel(t)
	many := t.TempDir()
	if err := os.CopyFS(filepath.Join(many, "case_0000"), os.DirFS(series)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, input, id string }{
		{"one series", series, "oriented_data"},
		{"a folder of series, by channel", many, "case"},
		{"one file", filepath.Join(series, "1.dcm"), "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := t.TempDir()
			if status, _, stderr := execute("predict", "--model", model, "-i", c.input, "-o", out, "--no-mirror"); status != statusDone {
				t.Fatalf("status %d: %s", status, stderr)
			}
			want, err := nifti.ReadLabels(filepath.Join(out, c.id+".nii.gz"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := dicom.ReadSegmentation(filepath.Join(out, c.id+".dcm"))
			if err != nil {
				t.Fatal(err)
			}
			labels, err := got.Labels()
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(labels.Data, want.Data) || !labels.Equal(want.Geometry, 1e-3) {
				t.Error("NIfTI and DICOM-SEG differ")
			}
		})
	}
	if status, _, stderr := execute("predict", "--model", model, "-i", t.TempDir(), "-o", t.TempDir()); status != statusInput {
		t.Errorf("status %d for an empty folder: %s", status, stderr)
	}
}
