package importer

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
)

// sample imports published files of the shared material.
func sample(t *testing.T, name, folder string) (*dataset.Dataset, *Report) {
	t.Helper()
	o := Options{Format: format(t, name), Source: golden.Shared(t, "samples", folder), Dir: filepath.Join(t.TempDir(), "Dataset001_Sample"), Workers: 2}
	r, err := Import(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	d, err := dataset.Open(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if r.Training > 0 {
		if err := d.Check(); err != nil {
			t.Error(err)
		}
	}
	return d, r
}

// TestSampleIRCAD: 12 slices from z = 163.2 mm, read from the archives as they are.
func TestSampleIRCAD(t *testing.T) {
	d, _ := sample(t, "3dircadb1", "3dircadb1")
	image, labels, err := d.Load(d.Cases[0])
	if err != nil {
		t.Fatal(err)
	}
	if d.Cases[0].ID != "3Dircadb1.17" || image.Shape != [3]int{12, 512, 512} || math.Abs(image.Origin[2]-163.2) > 1e-3 || math.Abs(image.Spacing[0]-1.6) > 1e-3 {
		t.Errorf("case %s: %+v", d.Cases[0].ID, image.Geometry)
	}
	if slices.Min(image.Data) >= 0 {
		t.Error("no voxel is below water")
	}
	// Counted with pydicom: both tumours together, and the liver without them.
	count := map[uint16]int{}
	for _, v := range labels.Data {
		count[v]++
	}
	if count[1] != 34496 || count[2] != 36851 || len(count) != 3 {
		t.Errorf("labels %v", count)
	}
	noText(t, d.Dir, "liver_17")
}

// noText looks for a patient's name.
func noText(t *testing.T, dir, text string) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
	top, _ := filepath.Glob(filepath.Join(dir, "*.*"))
	for _, f := range append(files, top...) {
		if data, err := os.ReadFile(f); err == nil && strings.Contains(string(data), text) {
			t.Errorf("%s holds %q", f, text)
		}
	}
}

func TestSampleISBI(t *testing.T) {
	d, r := sample(t, "isbi2012-em", "isbi2012-em")
	if r.Training != 30 || r.Test != 0 {
		t.Errorf("%+v", r)
	}
	image, labels, err := d.Load(d.Cases[0])
	if err != nil || image.Shape != [3]int{1, 512, 512} || slices.Max(labels.Data) != 1 {
		t.Errorf("%v, %v", err, image)
	}
}

// TestSampleRVSC compares with the masks that the authors of a converter made of the same contours, which are of
// the picture turned to the left: 216 lines of 256.
func TestSampleRVSC(t *testing.T) {
	d, _ := sample(t, "rvsc", "rvsc-cardiac-dicom")
	if ids := d.IDs(); !slices.Equal(ids, []string{"P09-0020", "P09-0022", "P09-0023"}) {
		t.Fatalf("cases %v", ids)
	}
	l := labelsOf(t, d, "P09-0020")
	if l.Shape != [3]int{1, 256, 216} {
		t.Fatalf("shape %v", l.Shape)
	}
	for name, inside := range map[string]func(v uint16) bool{
		"endocardium": func(v uint16) bool { return v == 1 },
		"epicardium":  func(v uint16) bool { return v > 0 },
	} {
		theirs := readMask(t, golden.Shared(t, "samples", "rvsc-cardiac-dicom", "patient09", name+"-p09-0020.mask"))
		both, ours, sum := 0, 0, 0
		for row := range 256 {
			for column := range 216 {
				a, b := inside(l.Data[row*216+column]), theirs[215-column][row]
				if a {
					ours++
				}
				if b {
					sum++
				}
				if a && b {
					both++
				}
			}
		}
		// They draw with OpenCV, which counts the pixels of the outline as inside: a rim of half a pixel.
		if dice := 2 * float64(both) / float64(ours+sum); dice < 0.97 || both < ours*99/100 {
			t.Errorf("%s: Dice %.4f (%d of %d ours, %d theirs)", name, dice, both, ours, sum)
		}
	}
}

func readMask(t *testing.T, path string) [][]bool {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var mask [][]bool
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		var row []bool
		for _, f := range strings.Fields(line) {
			v, err := strconv.ParseFloat(f, 64)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, v > 0)
		}
		mask = append(mask, row)
	}
	return mask
}

// TestSampleProstateX: the volumes equal those that SimpleITK wrote of the same series.
func TestSampleProstateX(t *testing.T) {
	d, r := sample(t, "prostatex", "prostatex")
	if r.Training != 0 || r.Test != 2 || len(r.Notes) == 0 {
		t.Errorf("%+v", r)
	}
	for _, c := range d.Test {
		got, err := d.Image(c)
		if err != nil {
			t.Fatal(err)
		}
		want, err := dataset.Formats().Read(golden.Shared(t, "samples", "prostatex", "mha", c.ID+".mha"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Data, want.Data) || !got.Geometry.Equal(want.Geometry, 1e-3) {
			t.Errorf("%s: voxels equal: %v\n%+v\n%+v", c.ID, slices.Equal(got.Data, want.Data), got.Geometry, want.Geometry)
		}
	}
}

func TestSampleKiTS(t *testing.T) {
	refused(t, Options{Format: format(t, "kits19"), Source: golden.Shared(t, "samples", "kits19")},
		"data/case_00015/imaging.nii.gz", "data/case_00038/imaging.nii.gz", "data/case_00061/imaging.nii.gz")
}

func TestSampleLIDCWithoutImages(t *testing.T) {
	refused(t, Options{Format: format(t, "lidc"), Source: golden.Shared(t, "samples", "lidc-xml")},
		"annotations of 6 CT scans", "no images", "157_158.xml")
}

// TestSampleLIDC rasterises the published annotations onto grids with the z positions of the files.
func TestSampleLIDC(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(golden.Shared(t, "samples", "lidc-xml"), "*.xml"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	// As the files say: readers, nodules with and without outline, marks of other things.
	want := map[string][4]int{"157_158.xml": {4, 13, 13, 12}, "186_183.xml": {4, 12, 8, 19}, "187_257.xml": {4, 0, 45, 111},
		"187_130.xml": {4, 6, 0, 12}, "187_112.xml": {4, 4, 16, 22}, "185_121.xml": {4, 0, 4, 22}}
	for _, path := range files {
		name := filepath.Base(path)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		a, err := parseLIDC(data)
		if name == "185_090.xml" { // a chest X-ray
			if err == nil {
				t.Errorf("%s was taken for a CT scan", name)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		outlined := 0
		for _, s := range a.sessions {
			outlined += len(s)
		}
		if got := [4]int{len(a.sessions), outlined, a.small, a.others}; got != want[name] {
			t.Errorf("%s: readers, outlined, small, others are %v, want %v", name, got, want[name])
		}
		g, ok := gridOf(a)
		if !ok {
			continue
		}
		counts := [readers + 1]int{}
		for level := 1; level <= readers; level++ {
			l, err := rasteriser{level: level}.rasterise(a, g)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, v := range l.Data {
				counts[level] += int(v)
			}
		}
		if counts[1] == 0 || counts[1] < counts[2] || counts[2] < counts[3] || counts[3] < counts[4] {
			t.Errorf("%s: voxels by consensus %v", name, counts[1:])
		}
	}
}

// gridOf returns a grid of 512 x 512 pixels whose slices are those of the outlines.
func gridOf(a *annotation) (volume.Geometry, bool) {
	var zs []float64
	for _, s := range a.sessions {
		for _, n := range s {
			for _, r := range n {
				zs = append(zs, r.z)
			}
		}
	}
	if len(zs) == 0 {
		return volume.Geometry{}, false
	}
	slices.Sort(zs)
	zs = slices.Compact(zs)
	step := math.Inf(1)
	for i := 1; i < len(zs); i++ {
		step = min(step, zs[i]-zs[i-1])
	}
	if len(zs) == 1 {
		step = 1
	}
	n := int(math.Round((zs[len(zs)-1]-zs[0])/step)) + 1
	g := volume.NewGeometry([3]int{n, 512, 512}, [3]float64{step, 0.7, 0.7})
	g.Origin[2] = zs[0]
	return g, true
}
