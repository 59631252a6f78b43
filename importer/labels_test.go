package importer

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

// imported builds a fixture, lets change it, imports it and returns the dataset and the report.
func imported(t *testing.T, name, variant string, o Options, change func(dir string)) (*dataset.Dataset, *Report) {
	t.Helper()
	source := t.TempDir()
	o.Format, o.Source, o.Dir = format(t, name), source, filepath.Join(t.TempDir(), "Dataset001_Import")
	readPage(t, o.Format.Page).build(t, variant, source)
	if change != nil {
		change(source)
	}
	r, err := Import(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	d, err := dataset.Open(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return d, r
}

func labelsOf(t *testing.T, d *dataset.Dataset, id string) *volume.Labels {
	t.Helper()
	c, err := d.Case(id)
	if err != nil {
		t.Fatal(err)
	}
	l, err := d.Labels(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// picture draws one slice, a character a pixel.
func picture(l *volume.Labels, z int) string {
	var b strings.Builder
	for y := range l.Shape[1] {
		for x := range l.Shape[2] {
			b.WriteByte(".123456789"[l.Data[(z*l.Shape[1]+y)*l.Shape[2]+x]])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestVentricle has a picture of 12 rows and 10 columns: the point (x, y) lies in column x, row y.
func TestVentricle(t *testing.T) {
	d, _ := imported(t, "rvsc", "rvsc", Options{}, nil)
	want := `..........
..........
...22222..
...21112..
...21112..
...21112..
...22222..
..........
..........
..........
..........
..........
`
	if diff := cmp.Diff(want, picture(labelsOf(t, d, "P01-0080"), 0)); diff != "" {
		t.Error(diff)
	}
}

// TestConsensus: reader one marks the inside of columns 2 to 6, reader two of 3 to 8, without the outlines.
func TestConsensus(t *testing.T) {
	for level, row := range map[int]string{1: "...11111..", 0: "....11....", 2: "....11....", 3: ".........."} {
		d, r := imported(t, "lidc-idri", "lidc-idri", Options{Consensus: level}, nil)
		l := labelsOf(t, d, "LIDC-IDRI-0001")
		blank := strings.Repeat("..........\n", 12)
		want := strings.Repeat("..........\n", 3) + strings.Repeat(row+"\n", 3) + strings.Repeat("..........\n", 6)
		for z, w := range []string{blank, want, blank, blank, blank} {
			if diff := cmp.Diff(w, picture(l, z)); diff != "" {
				t.Errorf("consensus %d, slice %d: %s", level, z, diff)
			}
		}
		if !slices.ContainsFunc(r.Changes, func(c Change) bool { return strings.Contains(c.What, "1 marks of nodules under 3 mm") }) {
			t.Errorf("the small nodule is not mentioned: %v", r.Changes)
		}
	}
	if err := (Options{Format: format(t, "lidc"), Consensus: 5}).Validate(); err == nil {
		t.Error("five of four readers were accepted")
	}
}

// TestHoles takes an exclusion out of a nodule.
func TestHoles(t *testing.T) {
	square := func(from, to float64) volume.Polygon {
		return volume.Polygon{{from, from}, {to, from}, {to, to}, {from, to}}
	}
	g := volume.NewGeometry([3]int{1, 10, 10}, [3]float64{1, 1, 1})
	a := &annotation{sessions: [][]nodule{{{{points: square(0, 8)}, {points: square(2, 6), exclude: true}}}}}
	l, err := rasteriser{level: 1}.rasterise(a, g)
	if err != nil {
		t.Fatal(err)
	}
	want := `..........
.1111111..
.1111111..
.11...11..
.11...11..
.11...11..
.1111111..
.1111111..
..........
..........
`
	if diff := cmp.Diff(want, picture(l, 0)); diff != "" {
		t.Error(diff)
	}
}

// TestChangesAreWrittenDown turns labels, moves headers and drops them.
func TestChangesAreWrittenDown(t *testing.T) {
	rewrite := func(change func(l *volume.Labels)) func(dir string) {
		return func(dir string) {
			path := filepath.Join(dir, "Training Batch 1", "segmentation-0.nii")
			l, err := dataset.Formats().ReadLabels(path)
			if err != nil {
				t.Fatal(err)
			}
			change(l)
			l.Native = nil
			if err := dataset.Formats().WriteLabels(path, l); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		change func(l *volume.Labels)
		want   string
	}{
		"moved":      {func(l *volume.Labels) { l.Origin[0] += 4 }, "moved by up to 4 mm"},
		"scaled":     {func(l *volume.Labels) { l.Spacing[0] = 5 }, "instead of 5x0.75x0.75 mm"},
		"headerless": {func(l *volume.Labels) { l.Geometry = volume.NewGeometry(l.Shape, [3]float64{1, 1, 1}) }, "instead of 1x1x1 mm"},
		"turned":     {func(l *volume.Labels) { *l = *flipRows(l) }, "flipped [false true false]"},
		"transposed": {func(l *volume.Labels) { *l = *transpose(l) }, "turned axes [2 1 0]"},
	} {
		t.Run(name, func(t *testing.T) {
			d, r := imported(t, "lits", "lits", Options{}, rewrite(c.change))
			i := slices.IndexFunc(r.Changes, func(x Change) bool { return x.Case == "liver_0" })
			if i < 0 || !strings.Contains(r.Changes[i].What, c.want) {
				t.Errorf("changes %v do not say %q", r.Changes, c.want)
			}
			data, err := os.ReadFile(filepath.Join(d.Dir, "import.yaml"))
			if err != nil || !strings.Contains(string(data), "liver_0") {
				t.Errorf("import.yaml: %v\n%s", err, data)
			}
			p := readPage(t, "lits")
			compareLabels(t, p, "lits", p.cases["lits"][0], labelsOf(t, d, "liver_0"))
		})
	}
}

// transpose makes the first axis the last, in voxels and header.
func transpose(l *volume.Labels) *volume.Labels {
	out := volume.NewLabels(turned(l.Geometry, [3]int{2, 1, 0}, [3]bool{}))
	s := out.Shape
	for z := range s[0] {
		for y := range s[1] {
			for x := range s[2] {
				out.Data[(z*s[1]+y)*s[2]+x] = l.Data[(x*l.Shape[1]+y)*l.Shape[2]+z]
			}
		}
	}
	return out
}

// TestWrongGeometryIsRefused: labels of another shape, and axes between those of the image.
func TestWrongGeometryIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		labels *volume.Labels
		want   string
	}{
		"another shape": {volume.NewLabels(volume.NewGeometry([3]int{5, 12, 9}, [3]float64{2.5, 0.75, 0.75})), "labels have [5 12 9] voxels"},
		"oblique": {func() *volume.Labels {
			g := volume.NewGeometry([3]int{5, 12, 10}, [3]float64{2.5, 0.75, 0.75})
			g.Direction = [9]float64{0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1}
			return volume.NewLabels(g)
		}(), "do not run along"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			readPage(t, "lits").build(t, "lits", dir)
			if err := dataset.Formats().WriteLabels(filepath.Join(dir, "Training Batch 1", "segmentation-0.nii"), c.labels); err != nil {
				t.Fatal(err)
			}
			o := Options{Format: format(t, "lits"), Source: dir}
			refused(t, o, "case liver_0", c.want)
			o.Broken, o.Dir = LeaveOut, filepath.Join(t.TempDir(), "d")
			r, err := Import(context.Background(), o)
			if err != nil || r.Training != 1 || len(r.LeftOut) != 1 || r.LeftOut[0].Case != "liver_0" {
				t.Errorf("leaving it out: %v, %+v", err, r)
			}
		})
	}
}

// TestUnknownValue names a label value that no page lists.
func TestUnknownValue(t *testing.T) {
	dir := t.TempDir()
	readPage(t, "lits").build(t, "lits", dir)
	path := filepath.Join(dir, "Training Batch 1", "segmentation-0.nii")
	l, err := dataset.Formats().ReadLabels(path)
	if err != nil {
		t.Fatal(err)
	}
	l.Data[7] = 9
	if err := dataset.Formats().WriteLabels(path, l); err != nil {
		t.Fatal(err)
	}
	refused(t, Options{Format: format(t, "lits"), Source: dir}, "label value 9")
}

func TestNaturalOrder(t *testing.T) {
	names := []string{"image_10", "image_9", "image_0", "i0010b", "i0002b", "image_1"}
	slices.SortFunc(names, func(a, b string) int {
		switch {
		case natural(a, b):
			return -1
		case natural(b, a):
			return 1
		}
		return 0
	})
	if diff := cmp.Diff([]string{"i0002b", "i0010b", "image_0", "image_1", "image_9", "image_10"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          values
	}{
		{"volume-{n:[0-9]+}.nii(.gz)?", "a b/volume-12.nii.gz", values{"n": "12"}},
		{"volume-{n:[0-9]+}.nii(.gz)?", "test-volume-12.nii", nil},
		{"volume-{n:[0-9]+}.nii(.gz)?", "volume-12.nii.bak", nil},
		{"{case}/{case}_t1.nii", "HGG/x/x_t1.nii", values{"case": "x"}},
		{"{case}/{case}_t1.nii", "HGG/x/y_t1.nii", nil},
		{"a/**/{x}.dcm", "a/b/c/1.DCM", values{"x": "1"}},
		{"a/**/{x}.dcm", "a/1.dcm", values{"x": "1"}},
		{"a/**/{x}.dcm", "ba/1.dcm", nil},
		{"(image|label)s?/{n}.png", "labels/3.png", values{"n": "3"}},
	} {
		p, err := compile(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := p.match(c.path)
		if ok != (c.want != nil) {
			t.Errorf("%s, %s: match is %v", c.pattern, c.path, ok)
		}
		if diff := cmp.Diff(c.want, got); ok && diff != "" {
			t.Errorf("%s, %s: %s", c.pattern, c.path, diff)
		}
	}
	for _, bad := range []string{"{n", "a(b", "{n:(x)}"} {
		if _, err := compile(bad); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}
