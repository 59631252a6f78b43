package dataset

import (
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/nifti"
)

func (f folder) verify() Report {
	f.t.Helper()
	r, err := Verify(context.Background(), f.open(), VerifyOptions{Workers: 2})
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

// moved writes labels or an image with a geometry of its own.
func (f folder) moved(name string, change func(g *volume.Geometry)) {
	f.t.Helper()
	l := volume.NewLabels(volume.NewGeometry([3]int{4, 5, 6}, spacing))
	for i := range l.Data {
		l.Data[i] = uint16(i % 3)
	}
	change(&l.Geometry)
	f.encode(name, func(w io.Writer) error { return nifti.EncodeLabels(w, l) })
}

func TestVerifyFindings(t *testing.T) {
	shape := [3]int{4, 5, 6}
	for name, c := range map[string]struct {
		break_   func(f folder)
		severity Severity
		id       string
		what     string
	}{
		"extra image":   {func(f folder) { f.image("imagesTr/z_7.nii.gz", shape, func(int) float32 { return 1 }) }, Warning, "", "file belongs to no case"},
		"extra label":   {func(f folder) { f.moved("labelsTr/y.nii.gz", func(*volume.Geometry) {}) }, Warning, "", "file belongs to no case"},
		"missing image": {func(f folder) { f.remove("imagesTr/z_0001.nii.gz") }, Severe, "z", "1 of 2 channels are there"},
		"label shape":   {func(f folder) { f.labels("labelsTr/z.nii.gz", [3]int{4, 5, 7}, func(int) uint16 { return 1 }) }, Severe, "z", "shape [4 5 7] differs from [4 5 6] of the image"},
		"label spacing": {func(f folder) { f.moved("labelsTr/z.nii.gz", func(g *volume.Geometry) { g.Spacing[0] = 3 }) }, Severe, "z", "spacing [3 1 1] differs from [2 1 1] of the image"},
		"far origin":    {func(f folder) { f.moved("labelsTr/z.nii.gz", func(g *volume.Geometry) { g.Origin[1] = 4 }) }, Warning, "z", "up to 4 mm from where the image has them, more than half a voxel"},
		"near origin":   {func(f folder) { f.moved("labelsTr/z.nii.gz", func(g *volume.Geometry) { g.Origin[1] = 0.25 }) }, Note, "z", "up to 0.25 mm from where the image has them"},
		"direction":     {func(f folder) { f.moved("labelsTr/z.nii.gz", func(g *volume.Geometry) { g.Direction[0] = -1 }) }, Warning, "z", "up to 10 mm"},
		"NaN": {func(f folder) {
			f.image("imagesTr/z_0000.nii.gz", shape, func(i int) float32 { return float32(math.Log(float64(i - 2))) })
		}, Severe, "z", "3 voxels are NaN or infinite, the first at [0 0 0]"},
		"constant":   {func(f folder) { f.image("imagesTr/z_0000.nii.gz", shape, func(i int) float32 { return 0 }) }, Warning, "z", "every voxel is 0"},
		"undeclared": {func(f folder) { f.labels("labelsTr/z.nii.gz", shape, func(i int) uint16 { return uint16(i % 5) }) }, Severe, "z", "24 voxels have label 3, which dataset.json does not declare"},
		"255": {func(f folder) {
			f.labels("labelsTr/z.nii.gz", shape, func(i int) uint16 { return uint16(i % 2 * 255) })
		}, Severe, "z", "60 voxels have label 255"},
		"fraction":   {func(f folder) { f.image("labelsTr/z.nii.gz", shape, func(i int) float32 { return 0.5 }) }, Severe, "z", "label value 0.5 at voxel [0 0 0]"},
		"negative":   {func(f folder) { f.image("labelsTr/z.nii.gz", shape, func(i int) float32 { return -1 }) }, Severe, "z", "is negative"},
		"background": {func(f folder) { f.labels("labelsTr/z.nii.gz", shape, func(i int) uint16 { return 0 }) }, Warning, "z", "every voxel is background"},
		"4D labels": {func(f folder) {
			im := volume.NewImage(volume.NewGeometry(shape, spacing), 2)
			if err := nifti.WriteImage(f.path("labelsTr/z.nii.gz"), im); err != nil {
				f.t.Fatal(err)
			}
		}, Severe, "z", "one value per voxel, this file has 2"},
		"4D image": {func(f folder) {
			im := volume.NewImage(volume.NewGeometry(shape, spacing), 2)
			if err := nifti.WriteImage(f.path("imagesTr/z_0001.nii.gz"), im); err != nil {
				f.t.Fatal(err)
			}
		}, Severe, "z", "3 channels, dataset.json declares 2 (T1, T2)"},
		"2D image": {func(f folder) {
			for c := range []int{0, 1} {
				f.image([]string{"imagesTr/z_0000.nii.gz", "imagesTr/z_0001.nii.gz"}[c], [3]int{1, 5, 6}, func(i int) float32 { return float32(i) })
			}
			f.labels("labelsTr/z.nii.gz", [3]int{1, 5, 6}, func(i int) uint16 { return 1 })
		}, Warning, "z", "kind of image is a single slice, but a volume in 2 of 3 cases"},
		"orientation": {func(f folder) {
			im := volume.NewImage(volume.NewGeometry(shape, spacing), 1)
			im.Direction[0], im.Data[3] = -1, 1
			for _, p := range []string{"imagesTr/z_0000.nii.gz", "imagesTr/z_0001.nii.gz"} {
				if err := nifti.WriteImage(f.path(p), im); err != nil {
					f.t.Fatal(err)
				}
			}
			f.moved("labelsTr/z.nii.gz", func(g *volume.Geometry) { g.Direction[0] = -1 })
		}, Warning, "z", "orientation is RPS, but LPS in 2 of 3 cases"},
		"duplicate": {func(f folder) {
			for _, c := range []string{"_0000.nii.gz", "_0001.nii.gz"} {
				b, _ := os.ReadFile(f.path("imagesTr/a b" + c))
				f.write("imagesTr/z"+c, b)
			}
		}, Warning, "z", "has the same voxels as case a b"},
		"test image trained on": {func(f folder) {
			for _, c := range []string{"_0000.nii.gz", "_0001.nii.gz"} {
				b, _ := os.ReadFile(f.path("imagesTr/a b" + c))
				f.write("imagesTs/q"+c, b)
			}
		}, Warning, "q", "which is trained on"},
		"unused label": {func(f folder) {
			f.json(`{"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "a": 1, "b": 2, "liver": 3}, "numTraining": 3, "file_ending": ".nii.gz"}`)
		}, Warning, "", "label 3 (liver) has no voxel"},
		"gap": {func(f folder) {
			f.json(`{"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "a": 1, "b": 2, "c": 9}, "numTraining": 3, "file_ending": ".nii.gz"}`)
		}, Severe, "", "label values jump from 2 to 9"},
		"count": {func(f folder) {
			f.json(`{"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "a": 1, "b": 2}, "numTraining": 4, "file_ending": ".nii.gz"}`)
		}, Severe, "", "numTraining is 4, but there are 3"},
		"unknown reader": {func(f folder) {
			f.json(`{"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "a": 1, "b": 2}, "numTraining": 3, "file_ending": ".nii.gz", "overwrite_image_reader_writer": "X"}`)
		}, Warning, "", "unknown reader"},
		"fold of strangers": {func(f folder) {
			f.write("splits_final.json", []byte(`[{"train": ["z", "w"], "val": ["ö"]}]`))
		}, Severe, "w", "fold 0 trains on a case that is not there"},
		"fold overlaps":   {func(f folder) { f.write("splits_final.json", []byte(`[{"train": ["z", "ö"], "val": ["ö"]}]`)) }, Severe, "ö", "fold 0 trains and validates on the case"},
		"fold unreadable": {func(f folder) { f.write("splits_final.json", []byte(`[`)) }, Severe, "", "line 1"},
	} {
		f := newFolder(t)
		if r := f.verify(); len(r.Findings) > 0 {
			t.Fatalf("sound dataset: %v", r.Findings)
		}
		c.break_(f)
		r := f.verify()
		found := false
		for _, finding := range r.Findings {
			found = found || (finding.Severity == c.severity && finding.Case == c.id && strings.Contains(finding.What, c.what))
		}
		if !found {
			t.Errorf("%s: %q is not among %+v", name, c.what, r.Findings)
		}
	}
}

func TestVerifySamePatientInSeveralFolds(t *testing.T) {
	f := newFolder(t)
	for i, id := range []string{"p1_visit1", "p1_visit2", "p2_visit1", "p3_visit1", "p4_visit1", "p5_visit1"} {
		for c := range 2 {
			f.image("imagesTr/"+id+[]string{"_0000", "_0001"}[c]+".nii.gz", [3]int{4, 5, 6}, func(k int) float32 { return float32(k%11*(i+2) + c) })
		}
		f.labels("labelsTr/"+id+".nii.gz", [3]int{4, 5, 6}, func(k int) uint16 { return uint16(k % 3) })
	}
	f.json(`{"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "a": 1, "b": 2}, "numTraining": 9, "file_ending": ".nii.gz"}`)
	r := f.verify()
	if len(r.Findings) != 1 || !strings.Contains(r.Findings[0].What, "names suggest the same patient p1") {
		t.Errorf("%+v", r.Findings)
	}
}

func TestVerifySampleIsClean(t *testing.T) {
	d, err := Open(golden.Shared(t, "samples", "hippocampus"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Verify(context.Background(), d, VerifyOptions{Workers: 2})
	if err != nil || r.Count(Severe) != 0 || r.Cases != 30 || r.Test != 10 || r.Estimate.Disk == 0 || r.Estimate.Memory == 0 {
		t.Errorf("%v, %+v", err, r)
	}
	for _, f := range r.Findings {
		t.Log(f.Severity, f)
	}
}

func TestFixRepairsWhatIsSafe(t *testing.T) {
	f := newFolder(t)
	f.json(`{"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "a": 2, "b": 5}, "numTraining": 7, "file_ending": ".nii.gz"}`)
	shape := [3]int{4, 5, 6}
	f.image("labelsTr/a b.nii.gz", shape, func(i int) float32 { return []float32{0, 2.0001, 5}[i%3] })
	f.labels("labelsTr/ö.nii.gz", shape, func(i int) uint16 { return []uint16{0, 5, 255}[i%3] })
	f.remove("imagesTr/z_0001.nii.gz")
	moved := volume.NewLabels(volume.NewGeometry(shape, [3]float64{1, 1, 1}))
	if err := nifti.WriteLabels(f.path("labelsTr/z.nii.gz"), moved); err != nil {
		t.Fatal(err)
	}
	f.image("imagesTr/y_0000.nii.gz", shape, func(i int) float32 { return float32(i) })
	f.image("imagesTr/y_0001.nii.gz", shape, func(i int) float32 { return float32(i) })
	moved.Data[1] = 2
	if err := nifti.WriteLabels(f.path("labelsTr/y.nii.gz"), moved); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "fixed")
	repairs, err := Fix(context.Background(), f.open(), out, VerifyOptions{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, r := range repairs {
		text = append(text, r.Case+"|"+r.File+"|"+r.What)
	}
	for _, want := range []string{"|dataset.json|label 2 (a) became 1", "label 5 (b) became 2", "undeclared label 255 became 3, the ignore label",
		"a b|labelsTr/a b.nii.gz|rounded 40 label values", "y|labelsTr/y.nii.gz|took the header of the image", "z||left out: 1 of 2 channels", "numTraining 7 became 3"} {
		if !strings.Contains(strings.Join(text, "\n"), want) {
			t.Errorf("%q is not among\n%s", want, strings.Join(text, "\n"))
		}
	}
	fixed, err := Open(out)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Verify(context.Background(), fixed, VerifyOptions{})
	if err != nil || r.Count(Severe) != 0 || r.Cases != 3 {
		t.Errorf("%v, %+v", err, r)
	}
	if _, err := Fix(context.Background(), f.open(), out, VerifyOptions{}); err == nil {
		t.Error("an existing folder was written into")
	}
}

func TestFixTurnsDecathlonIntoRaw(t *testing.T) {
	d, err := Open(golden.Shared(t, "samples", "hippocampus"))
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	if _, err := Fix(context.Background(), d, out, VerifyOptions{Workers: 2}); err != nil {
		t.Fatal(err)
	}
	fixed, err := Open(out)
	if err != nil || fixed.Layout != Raw || len(fixed.Cases) != 30 || len(fixed.Test) != 10 || fixed.Check() != nil {
		t.Errorf("%v, %+v", err, fixed)
	}
}
