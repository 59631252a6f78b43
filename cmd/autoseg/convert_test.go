package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

// placed is a small volume with an origin and a direction.
func placed() volume.Geometry {
	g := volume.NewGeometry([3]int{3, 4, 5}, [3]float64{2.5, 0.75, 0.5})
	g.Origin = [3]float64{-10, 20.5, 30}
	g.Direction = [9]float64{0, 1, 0, -1, 0, 0, 0, 0, 1}
	return g
}

func TestConvertKeepsGeometryAndValues(t *testing.T) {
	dir, formats := t.TempDir(), dataset.Formats()
	image, labels := volume.NewImage(placed(), 1), volume.NewLabels(placed())
	for i := range labels.Data {
		labels.Data[i], image.Data[i] = uint16(i%3), float32(i)-7.5
	}
	first := map[string]string{"image": filepath.Join(dir, "image.nii.gz"), "labels": filepath.Join(dir, "labels.nii.gz")}
	if err := formats.Write(first["image"], image); err != nil {
		t.Fatal(err)
	}
	if err := formats.WriteLabels(first["labels"], labels); err != nil {
		t.Fatal(err)
	}
	for kind, path := range first {
		// Round through every format with an origin and a direction, and back.
		for _, ending := range []string{".mha", ".nrrd", ".mhd", ".nhdr", ".nii", ".nii.gz"} {
			next := filepath.Join(dir, kind+"-"+strings.TrimLeft(ending, ".")+ending)
			status, stdout, stderr := execute("convert", path, next, "--json")
			var result converted
			if err := json.Unmarshal([]byte(stdout), &result); err != nil || status != statusDone || result.Kind != kind || result.Lost != "" {
				t.Fatalf("%s to %s: exit status %d, %v\n%s%s", path, next, status, err, stdout, stderr)
			}
			path = next
		}
		got, err := formats.Read(path)
		if err != nil || !got.Equal(placed(), 1e-6) {
			t.Fatalf("%s: %v, %+v", kind, err, got)
		}
		want := image.Data
		if kind == "labels" {
			want = make([]float32, len(labels.Data))
			for i, v := range labels.Data {
				want[i] = float32(v)
			}
		}
		if !slices.Equal(got.Data, want) {
			t.Errorf("%s: values changed", kind)
		}
	}
}

func TestConvertRefusesWhatWouldBeLost(t *testing.T) {
	dir, formats := t.TempDir(), dataset.Formats()
	write := func(name string, g volume.Geometry, value float32) string {
		im := volume.NewImage(g, 1)
		im.Data[0] = value
		path := filepath.Join(dir, name)
		if err := formats.Write(path, im); err != nil {
			t.Fatal(err)
		}
		return path
	}
	spaced := volume.NewGeometry([3]int{1, 4, 5}, [3]float64{3, 0.5, 0.5})
	for name, c := range map[string]struct {
		in, out, want string
	}{
		"a volume to PNG":        {write("volume.nii.gz", placed(), 1), "a.png", "PNG cannot hold a volume of 3 slices"},
		"fractions to PNG":       {write("fraction.nii.gz", volume.NewFlatGeometry(4, 5), 0.5), "a.png", "whole numbers from 0 to 65535"},
		"spacing to PNG":         {write("slice.nii.gz", spaced, 1), "a.png", "--drop-geometry"},
		"direction to TIFF":      {filepath.Join(dir, "volume.nii.gz"), "a.tif", "--drop-geometry"},
		"direction to Analyze":   {filepath.Join(dir, "volume.nii.gz"), "a.hdr", "--drop-geometry"},
		"large values to BMP":    {write("large.nii.gz", volume.NewFlatGeometry(4, 5), 300), "a.bmp", "values up to 255"},
		"an image that is none":  {filepath.Join(dir, "none.mha"), "a.nii.gz", "no such file"},
		"a volume, all the same": {filepath.Join(dir, "volume.nii.gz"), "b.png", "3 slices"},
	} {
		out := filepath.Join(dir, "out", c.out)
		os.MkdirAll(filepath.Dir(out), 0o755)
		status, _, stderr := execute("convert", c.in, out)
		if status != statusInput || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: exit status %d, stderr %q, want 3 and %q", name, status, stderr, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: %s was written", name, out)
		}
	}
	if status, _, stderr := execute("convert", filepath.Join(dir, "volume.nii.gz"), filepath.Join(dir, "c.png"), "--drop-geometry"); status != statusInput {
		t.Errorf("slices cannot be left out: exit status %d, %s", status, stderr)
	}
}

func TestConvertDropsGeometryWhenAsked(t *testing.T) {
	dir, formats := t.TempDir(), dataset.Formats()
	labels := volume.NewLabels(placed())
	labels.Data[7] = 2
	in, out := filepath.Join(dir, "a.nrrd"), filepath.Join(dir, "a.tif")
	if err := formats.WriteLabels(in, labels); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := execute("convert", in, out, "--drop-geometry")
	if status != statusDone || !strings.Contains(stderr, "left out") {
		t.Fatalf("exit status %d, %s", status, stderr)
	}
	got, err := formats.ReadLabels(out)
	if err != nil || got.Spacing != labels.Spacing || got.Origin != [3]float64{} || !slices.Equal(got.Data, labels.Data) {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestConvertUsage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.mha")
	if err := dataset.Formats().Write(path, volume.NewImage(placed(), 1)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no OUT":          {[]string{path}, "OUT is missing"},
		"unknown ending":  {[]string{path, "a.gif"}, "unknown file ending"},
		"read only":       {[]string{path, "a.jpg"}, "read only"},
		"itself":          {[]string{path, filepath.Join(dir, ".", "a.mha")}, "same file"},
		"both kinds":      {[]string{path, "b.mha", "--labels", "--image"}, "exclude each other"},
		"an unknown flag": {[]string{path, "b.mha", "--label"}, "did you mean --labels?"},
	} {
		if status, _, stderr := execute(append([]string{"convert"}, c.args...)...); status != statusUsage || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: exit status %d, stderr %q, want 2 and %q", name, status, stderr, c.want)
		}
	}
}
