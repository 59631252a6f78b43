package dicom

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
)

// segmented returns a series and labels of two values on it, with nothing in the first slice.
func segmented(t *testing.T, path string) (*Volume, *volume.Labels) {
	t.Helper()
	source, err := Only(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	labels := volume.NewLabels(source.Geometry)
	plane := labels.Shape[1] * labels.Shape[2]
	for i := range labels.Data {
		if i < plane {
			continue
		}
		switch y, x := i%plane/labels.Shape[2], i%labels.Shape[2]; {
		case y > 10 && y < 20 && x > 5 && x < 16:
			labels.Data[i] = 3
		case y > 30 && x < 3:
			labels.Data[i] = 1
		}
	}
	return source, labels
}

func TestWriteSegmentation(t *testing.T) {
	for _, c := range []struct{ name, folder, other string }{
		{"axial", "dicom-seg/ct-3slice", "dicom-rtstruct/mock_data"},
		{"oblique", "dicom-rtstruct/oriented_data", "dicom-seg/ct-3slice"},
		{"without identifiers", "dicom-ct-series", "dicom-seg/ct-3slice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			source, labels := segmented(t, golden.Shared(t, "samples", c.folder))
			path := filepath.Join(t.TempDir(), "seg.dcm")
			if err := WriteSegmentation(path, labels, source, map[uint16]string{1: "liver", 3: `a\b`}); err != nil {
				t.Fatal(err)
			}
			s, err := ReadSegmentation(path)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Labels()
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(labels.Geometry, 1e-6) || !slices.Equal(got.Data, labels.Data) {
				t.Errorf("read back as %+v, want %+v, or other voxels", got.Geometry, labels.Geometry)
			}
			if s.Names[1] != "liver" || s.Names[2] != "label 2" || s.Names[3] != "a b" {
				t.Errorf("names %v", s.Names)
			}
			accepted(t, path)
			var again bytes.Buffer
			other, _ := segmented(t, golden.Shared(t, "samples", c.other))
			refused(t, EncodeSegmentation(&again, labels, other, nil), "another grid")
		})
	}
}

// accepted has dciodvfy, which knows what the standard asks of every module, look at a file.
func accepted(t *testing.T, path string) {
	t.Helper()
	tool, err := exec.LookPath("dciodvfy")
	if err != nil {
		t.Log("dciodvfy is not installed (Debian package dicom3tools): what it says is not tested")
		return
	}
	out, err := exec.Command(tool, path).CombinedOutput()
	if complaint := regexp.MustCompile(`(?m)^Error.*$`).FindAll(out, -1); err != nil || complaint != nil {
		t.Errorf("dciodvfy: %v\n%s", err, out)
	}
	if !strings.Contains(string(out), "Segmentation") {
		t.Errorf("dciodvfy took it for something else:\n%s", out)
	}
}

// TestWriteNothing shows that a segmentation of background only is an object too, and that the same comes twice.
func TestWriteNothing(t *testing.T) {
	source, labels := segmented(t, golden.Shared(t, "samples", "dicom-seg", "ct-3slice"))
	clear(labels.Data)
	var first, second bytes.Buffer
	if err := EncodeSegmentation(&first, labels, source, nil); err != nil {
		t.Fatal(err)
	}
	if err := EncodeSegmentation(&second, labels, source, nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same labels give other bytes")
	}
	o, err := parse(first.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	s, err := o.segmentation("")
	if err != nil {
		t.Fatal(err)
	}
	if s.Shape != labels.Shape || len(s.Segments) != 0 {
		t.Errorf("%d segments of %v voxels", len(s.Segments), s.Shape)
	}
}
