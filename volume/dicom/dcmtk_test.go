package dicom

import (
	"bytes"
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/volume/nifti"
)

// ramp is a 64 x 48 slice of 16 bits with smooth values up to 4000 and a noisy corner.
func ramp() picture {
	p := at(12.5)[0]
	p.rows, p.columns, p.stored, p.high, p.offset = 48, 64, 12, 11, "-1024"
	p.pixels = nil
	for y := range 48 {
		for x := range 64 {
			v := 40*y + 30*x
			if y < 8 && x < 8 {
				v = (y*37 + x*101) * 7 % 4096
			}
			p.pixels = append(p.pixels, byte(v), byte(v>>8))
		}
	}
	return p
}

// run runs a program of dcmtk, or skips the test where it is not installed.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	tool, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed (Debian package dcmtk)", name)
	}
	out, err := exec.Command(tool, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// TestDcmtkEncodings has dcmtk write one slice in other ways and reads them.
func TestDcmtkEncodings(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.dcm")
	if err := os.WriteFile(in, ramp().bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	want, err := ReadImage(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		command   []string
		tolerance float64 // grey values
	}{
		{"implicit little endian", []string{"dcmconv", "+ti"}, 0},
		{"explicit big endian", []string{"dcmconv", "+tb"}, 0},
		{"deflated", []string{"dcmconv", "+td"}, 0},
		{"no file meta information", []string{"dcmconv", "-F"}, 0},
		{"undefined lengths", []string{"dcmconv", "-e"}, 0},
		{"RLE", []string{"dcmcrle"}, 0},
		{"JPEG lossless, first order", []string{"dcmcjpeg", "+e1"}, 0},
		{"JPEG lossless, predictor 6", []string{"dcmcjpeg", "+el", "+sv", "6"}, 0},
		{"JPEG extended, quality 95", []string{"dcmcjpeg", "+ee", "+q", "95"}, 220}, // the noise; what dcmdjpeg makes of it is below
		{"JPEG-LS lossless", []string{"dcmcjpls", "+el"}, 0},
		{"JPEG-LS near-lossless", []string{"dcmcjpls", "+en", "+md", "3"}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(dir, c.name+".dcm")
			run(t, c.command[0], append(c.command[1:], in, out)...)
			got, err := ReadImage(out)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(want.Geometry, 1e-9) {
				t.Errorf("geometry %+v, want %+v", got.Geometry, want.Geometry)
			}
			if worst := largest(got.Data, want.Data); worst > c.tolerance || c.tolerance > 0 && worst == 0 {
				t.Errorf("differs by %g, want at most %g", worst, c.tolerance)
			}
			if c.command[0] != "dcmcjpeg" {
				return
			}
			plain := filepath.Join(dir, "plain.dcm")
			run(t, "dcmdjpeg", out, plain)
			theirs, err := ReadImage(plain)
			if err != nil {
				t.Fatal(err)
			}
			if worst := largest(got.Data, theirs.Data); worst > 0 {
				t.Errorf("dcmdjpeg reads values that differ by %g", worst)
			}
		})
	}
}

func largest(a, b []float32) (worst float64) {
	for i := range a {
		worst = max(worst, math.Abs(float64(a[i])-float64(b[i])))
	}
	return worst
}

// TestDcmdump holds what we write against what dcmdump reads of it.
func TestDcmdump(t *testing.T) {
	source, labels := plantedSeries(t)
	path := filepath.Join(t.TempDir(), "seg.dcm")
	if err := WriteSegmentation(path, labels, source, map[uint16]string{1: "Leber, größer"}); err != nil {
		t.Fatal(err)
	}
	out := run(t, "dcmdump", "+L", path)
	for _, want := range []string{"=SegmentationStorage", "Leber, größer", "[SEG]", "[BINARY]", "[1.2.0]"} {
		if !strings.Contains(out, want) {
			t.Errorf("dcmdump does not show %q:\n%s", want, out)
		}
	}
}

// TestPlantedName shows that a name in a series reaches no file that is made of it.
func TestPlantedName(t *testing.T) {
	source, labels := plantedSeries(t)
	dir := t.TempDir()
	image, err := source.Image(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(path string) error{
		"image.nii":  func(path string) error { return nifti.WriteImage(path, image) },
		"labels.nii": func(path string) error { return nifti.WriteLabels(path, labels) },
		"seg.dcm":    func(path string) error { return WriteSegmentation(path, labels, source, nil) },
	} {
		path := filepath.Join(dir, name)
		if err := write(path); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("Planted")) {
			t.Errorf("%s holds the patient's name", name)
		}
	}
}
