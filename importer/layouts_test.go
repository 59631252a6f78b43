package importer

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

// TestPublishedLayouts builds every published layout from its page, imports it, checks the dataset folder with
// the dataset's own checks, and compares every voxel with what the page says.
func TestPublishedLayouts(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		t.Run(f.Name, func(t *testing.T) {
			p := readPage(t, f.Page)
			var variants []string // a page may describe several years
			for name := range p.cases {
				if name == f.Name || strings.HasPrefix(name, f.Name+"/") {
					variants = append(variants, name)
				}
			}
			slices.Sort(variants)
			if len(variants) == 0 {
				t.Fatalf("docs/datasets/%s.md has no block \"dataset %s\"", f.Page, f.Name)
			}
			for _, v := range variants {
				t.Run(v, func(t *testing.T) { checkLayout(t, f, p, v) })
			}
		})
	}
}

func checkLayout(t *testing.T, f *Format, p *page, variant string) {
	source, dir := t.TempDir(), filepath.Join(t.TempDir(), "Dataset001_Fixture")
	p.build(t, variant, source)
	r, err := Import(context.Background(), Options{Format: f, Source: source, Dir: dir, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	d, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if r.Training > 0 {
		report, err := dataset.Verify(context.Background(), d, dataset.VerifyOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, finding := range report.Findings {
			if finding.Severity == dataset.Severe {
				t.Error(finding)
			}
		}
	}
	compareCases(t, p, variant, d)
	noSecrets(t, dir)
}

func compareCases(t *testing.T, p *page, variant string, d *dataset.Dataset) {
	t.Helper()
	var want, got []string
	for _, w := range p.cases[variant] {
		want = append(want, w.id)
		c, err := d.Case(w.id)
		if err != nil {
			t.Error(err)
			continue
		}
		if isTest := !slices.Contains(d.IDs(), w.id); isTest != w.test {
			t.Errorf("case %s: test is %v, want %v", w.id, isTest, w.test)
		}
		im, err := d.Image(c)
		if err != nil {
			t.Error(err)
			continue
		}
		compareImage(t, p, variant, w, im)
		if w.labels == nil {
			if c.Labels != "" {
				t.Errorf("case %s has labels", w.id)
			}
			continue
		}
		labels, err := d.Labels(c)
		if err != nil {
			t.Error(err)
			continue
		}
		if !labels.SameGrid(im.Geometry) {
			t.Errorf("case %s: image and labels lie on different grids", w.id)
		}
		compareLabels(t, p, variant, w, labels)
	}
	for _, c := range slices.Concat(d.Cases, d.Test) {
		got = append(got, c.ID)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("cases %v, want %v", got, want)
	}
}

func compareImage(t *testing.T, p *page, variant string, w wanted, im *volume.Image) {
	t.Helper()
	channel := 0
	for _, path := range w.images {
		path, only := sliceOf(path)
		c := contentOf(t, p.line(t, variant, path))
		if c.line.kind == "jpeg" { // lossy
			channel += im.Channels
			continue
		}
		for k := range c.channels {
			view := im.Channel(channel)
			channel++
			wrong := 0
			c.each(func(z, y, x int) {
				if only >= 0 && z != only {
					return
				}
				if z = z - max(only, 0); view.At(z, y, x) != c.value(k, z+max(only, 0), y, x) {
					wrong++
				}
			})
			if wrong > 0 {
				t.Errorf("case %s, %s, channel %d: %d voxels differ", w.id, path, k, wrong)
			}
		}
		if only < 0 && c.geometry.Shape != im.Shape {
			t.Errorf("case %s: shape %v, want %v", w.id, im.Shape, c.geometry.Shape)
		}
		if c.geometry.Shape[0] > 1 && im.Shape[0] > 1 && !im.Geometry.Equal(c.geometry, 1e-4) {
			t.Errorf("case %s: geometry %+v, want %+v", w.id, im.Geometry, c.geometry)
		}
	}
	if channel != im.Channels {
		t.Errorf("case %s: %d channels, want %d", w.id, im.Channels, channel)
	}
}

// sliceOf splits "train-volume.tif#3" into the path and the number of the slice, or -1.
func sliceOf(path string) (string, int) {
	path, number, found := strings.Cut(path, "#")
	if !found {
		return path, -1
	}
	n := 0
	for _, r := range number {
		n = 10*n + int(r-'0')
	}
	return path, n
}

// compareLabels applies the label files in the order of the page, later ones on top. "*" stands for labels that
// tests of their own check.
func compareLabels(t *testing.T, p *page, variant string, w wanted, labels *volume.Labels) {
	t.Helper()
	if w.labels[0] == "*" {
		return
	}
	want := make([]uint16, len(labels.Data))
	for _, path := range w.labels {
		path, only := sliceOf(path)
		c := contentOf(t, p.line(t, variant, path))
		first := 0
		if s, ok := c.line.option("from"); ok {
			first = int(s[0] - '0')
		}
		c.each(func(z, y, x int) {
			if only >= 0 && z != only {
				return
			}
			if v := c.to[c.label(z, y, x)]; v > 0 {
				want[((z-max(only, 0)+first)*labels.Shape[1]+y)*labels.Shape[2]+x] = v
			}
		})
	}
	wrong := 0
	for i, v := range want {
		if labels.Data[i] != v {
			wrong++
		}
	}
	if wrong > 0 {
		t.Errorf("case %s: %d of %d labels differ", w.id, wrong, len(want))
	}
}

// noSecrets looks for the patient's name that the fixtures carry.
func noSecrets(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), "SECRET") || strings.Contains(string(data), "1.2.826.0.1") {
			t.Errorf("%s holds an identifier of the patient", path)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}
