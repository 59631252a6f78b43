package dataset

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/nifti"
)

// folder is a dataset under construction.
type folder struct {
	t   *testing.T
	dir string
}

// newFolder writes a sound dataset of three cases with two channels.
func newFolder(t *testing.T) folder {
	f := folder{t, filepath.Join(t.TempDir(), "Dataset001_Größe 1")}
	f.json(`{"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "a": 1, "b": 2}, "numTraining": 3, "file_ending": ".nii.gz"}`)
	for i, id := range []string{"a b", "ö", "z"} {
		for c := range 2 {
			f.image(fmt.Sprintf("imagesTr/%s_%04d.nii.gz", id, c), [3]int{4, 5, 6}, func(k int) float32 { return float32(k%7 + c + 10*i + 1) })
		}
		f.labels("labelsTr/"+id+".nii.gz", [3]int{4, 5, 6}, func(k int) uint16 { return uint16(k % 3) })
	}
	return f
}

func (f folder) path(name string) string {
	path := filepath.Join(f.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		f.t.Fatal(err)
	}
	return path
}

func (f folder) write(name string, content []byte) {
	f.t.Helper()
	if err := os.WriteFile(f.path(name), content, 0o644); err != nil {
		f.t.Fatal(err)
	}
}

func (f folder) json(text string) { f.t.Helper(); f.write("dataset.json", []byte(text)) }

func (f folder) remove(name string) {
	f.t.Helper()
	if err := os.RemoveAll(f.path(name)); err != nil {
		f.t.Fatal(err)
	}
}

var spacing = [3]float64{2, 1, 1}

func (f folder) image(name string, shape [3]int, value func(i int) float32) {
	f.t.Helper()
	im := volume.NewImage(volume.NewGeometry(shape, spacing), 1)
	for i := range im.Data {
		im.Data[i] = value(i)
	}
	f.encode(name, func(w io.Writer) error { return nifti.Encode(w, im) })
}

// encode writes a file without the fsync of nifti.WriteImage: the tests write hundreds.
func (f folder) encode(name string, write func(w io.Writer) error) {
	f.t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := io.Writer(z)
	if !strings.HasSuffix(name, ".gz") {
		w = &b
	}
	if err := write(w); err != nil {
		f.t.Fatal(err)
	}
	if w == z {
		z.Close()
	}
	f.write(name, b.Bytes())
}

func (f folder) labels(name string, shape [3]int, value func(i int) uint16) {
	f.t.Helper()
	l := volume.NewLabels(volume.NewGeometry(shape, spacing))
	for i := range l.Data {
		l.Data[i] = value(i)
	}
	f.encode(name, func(w io.Writer) error { return nifti.EncodeLabels(w, l) })
}

func (f folder) open() *Dataset {
	f.t.Helper()
	d, err := Open(f.dir)
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

func TestOpenRaw(t *testing.T) {
	f := newFolder(t)
	f.image("imagesTs/q_0000.nii.gz", [3]int{4, 5, 6}, func(int) float32 { return 1 })
	f.image("imagesTs/q_0001.nii.gz", [3]int{4, 5, 6}, func(int) float32 { return 2 })
	f.write("imagesTr/.DS_Store", nil)
	d := f.open()
	if diff := cmp.Diff([]string{"a b", "z", "ö"}, d.IDs()); diff != "" {
		t.Error(diff)
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
	if len(d.Test) != 1 || d.Test[0].ID != "q" || d.Test[0].Labels != "" || len(d.Test[0].Images) != 2 {
		t.Errorf("test cases %+v", d.Test)
	}
	im, l, err := d.Load(d.Cases[2])
	if err != nil || im.Channels != 2 || im.Data[0] != 11 || im.Data[120] != 12 || l.Data[2] != 2 {
		t.Errorf("%v", err)
	}
}

func TestOpenSample(t *testing.T) {
	d, err := Open(golden.Shared(t, "samples", "hippocampus"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Layout != Decathlon || len(d.Cases) != 30 || len(d.Test) != 10 || d.Check() != nil {
		t.Errorf("layout %s, %d cases, %d test cases, %v", d.Layout, len(d.Cases), len(d.Test), d.Check())
	}
	if _, _, err := d.Load(d.Cases[0]); err != nil {
		t.Error(err)
	}
}

func TestOpenDecathlon4D(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.json(`{"name": "B", "modality": {"0": "FLAIR", "1": "T1w"}, "labels": {"0": "background", "1": "edema"}, "numTraining": 1, "numTest": 0,
		"training": [{"image": "./imagesTr/x.nii.gz", "label": "./labelsTr/x.nii.gz"}], "test": []}`)
	im := volume.NewImage(volume.NewGeometry([3]int{2, 2, 2}, spacing), 2)
	for i := range im.Data {
		im.Data[i] = float32(i)
	}
	if err := nifti.WriteImage(f.path("imagesTr/x.nii.gz"), im); err != nil {
		t.Fatal(err)
	}
	f.labels("labelsTr/x.nii.gz", [3]int{2, 2, 2}, func(int) uint16 { return 1 })
	d := f.open()
	got, _, err := d.Load(d.Cases[0])
	if err != nil || got.Channels != 2 || got.Data[8] != 8 {
		t.Errorf("%v", err)
	}
}

func TestOpenTable(t *testing.T) {
	f := newFolder(t)
	table := func(image, label string) {
		f.json(`{"channel_names": {"0": "T1"}, "labels": {"background": 0, "a": 1, "b": 2}, "numTraining": 1, "file_ending": ".nii.gz",
			"dataset": {"second": {"images": ["` + image + `"], "label": "` + label + `"}}}`)
	}
	table("imagesTr/z_0001.nii.gz", "labelsTr/z.nii.gz")
	d := f.open()
	if _, _, err := d.Load(d.Cases[0]); err != nil || d.Layout != Table || d.Cases[0].ID != "second" {
		t.Errorf("%v, %+v", err, d.Cases)
	}
	table(filepath.ToSlash(f.path("imagesTr/z_0001.nii.gz")), "labelsTr/z.nii.gz")
	if _, _, err := f.open().Load(f.open().Cases[0]); err != nil {
		t.Errorf("absolute path: %v", err)
	}
	secret := filepath.Join(t.TempDir(), "secret.nii.gz")
	os.WriteFile(secret, nil, 0o644)
	if err := os.Symlink(secret, f.path("imagesTr/link.nii.gz")); err != nil {
		t.Skipf("this system makes no symbolic links: %v", err)
	}
	os.Symlink(filepath.Dir(secret), f.path("folder"))
	for _, path := range []string{"../secret.nii.gz", "imagesTr/../../x.nii.gz", filepath.ToSlash(secret), "imagesTr/link.nii.gz", "folder/secret.nii.gz", "$HOME/x.nii.gz", ""} {
		table(path, "labelsTr/z.nii.gz")
		if _, err := Open(f.dir); !fault.IsInput(err) {
			t.Errorf("%q: got %v, want refusal as bad input", path, err)
		}
	}
}

func TestOpenWithoutDescription(t *testing.T) {
	t.Run("numbered channels", func(t *testing.T) {
		f := newFolder(t)
		f.remove("dataset.json")
		d := f.open()
		if !d.Proposed || d.Layout != Raw || d.NumTraining != 3 || len(d.Channels) != 2 || d.Labelling.Heads() != 3 || d.Check() != nil {
			t.Errorf("%+v, %v", d.Description, d.Check())
		}
	})
	t.Run("plain names", func(t *testing.T) {
		f := folder{t, t.TempDir()}
		for _, id := range []string{"p", "q"} {
			f.image("images/"+id+".nii", [3]int{4, 5, 6}, func(i int) float32 { return float32(i%50*50 - 1024) })
			f.labels("labels/"+id+".nii", [3]int{4, 5, 6}, func(i int) uint16 { return uint16(i % 2) })
		}
		d := f.open()
		if d.Layout != Plain || d.FileEnding != ".nii" || !cmp.Equal(d.Channels, []string{"CT"}) || d.Check() != nil {
			t.Errorf("%+v, %v", d.Description, d.Check())
		}
		if err := WriteJSON(f.path("dataset.json"), &d.Description); err != nil {
			t.Fatal(err)
		}
		again := f.open()
		if again.Proposed || again.Layout != Table || !cmp.Equal(again.IDs(), d.IDs()) {
			t.Errorf("the written proposal reads as %+v", again)
		}
		if _, _, err := again.Load(again.Cases[1]); err != nil {
			t.Error(err)
		}
	})
}

func TestBadDatasetsAreNamed(t *testing.T) {
	shape := [3]int{4, 5, 6}
	one := func(int) float32 { return 1 }
	for name, c := range map[string]struct {
		break_ func(f folder)
		want   []string
	}{
		"no folder":       {func(f folder) { f.remove(".") }, []string{"open dataset"}},
		"empty folder":    {func(f folder) { f.remove("dataset.json"); f.remove("imagesTr"); f.remove("labelsTr") }, []string{"no dataset.json", "imagesTr"}},
		"no images":       {func(f folder) { f.remove("imagesTr") }, []string{"no folder imagesTr"}},
		"no labels":       {func(f folder) { f.remove("labelsTr") }, []string{"no folder labelsTr"}},
		"missing key":     {func(f folder) { f.json(`{"labels": {"background": 0}}`) }, []string{"dataset.json", "missing channel_names"}},
		"missing channel": {func(f folder) { f.remove("imagesTr/z_0001.nii.gz") }, []string{"case z", "1 of 2 channels"}},
		"lost image":      {func(f folder) { f.remove("imagesTr/z_0000.nii.gz"); f.remove("imagesTr/z_0001.nii.gz") }, []string{"numTraining", "no image belongs to labelsTr/z.nii.gz"}},
		"missing label":   {func(f folder) { f.remove("labelsTr/z.nii.gz") }, []string{"case z", "labelsTr/z.nii.gz", "missing"}},
		"other shape":     {func(f folder) { f.image("imagesTr/z_0001.nii.gz", [3]int{4, 5, 7}, one) }, []string{"case z", "z_0001.nii.gz", "[4 5 7]", "[4 5 6]"}},
		"label shape":     {func(f folder) { f.labels("labelsTr/z.nii.gz", [3]int{4, 5, 7}, func(int) uint16 { return 1 }) }, []string{"case z", "labelsTr/z.nii.gz", "[4 5 7]"}},
		"NaN": {func(f folder) {
			f.image("imagesTr/z_0000.nii.gz", shape, func(i int) float32 { return float32(math.Sqrt(float64(i - 1))) })
		}, []string{"case z", "z_0000.nii.gz", "voxel [0 0 0]", "NaN"}},
		"label value": {func(f folder) { f.labels("labelsTr/z.nii.gz", shape, func(i int) uint16 { return uint16(i) }) }, []string{"case z", "label 3 at voxel [0 0 3]", "not declared"}},
		"fraction":    {func(f folder) { f.image("labelsTr/z.nii.gz", shape, func(i int) float32 { return 0.5 }) }, []string{"case z", "labelsTr/z.nii.gz", "0.5", "not a whole number"}},
		"truncated": {func(f folder) {
			b, _ := os.ReadFile(f.path("imagesTr/z_0000.nii.gz"))
			f.write("imagesTr/z_0000.nii.gz", b[:len(b)-20])
		}, []string{"case z", "z_0000.nii.gz", "truncated"}},
		"not an image": {func(f folder) { f.write("labelsTr/z.nii.gz", []byte("hello, this is no image")) }, []string{"case z", "labelsTr/z.nii.gz", "truncated"}},
		"reorienting": {func(f folder) {
			f.json(`{"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "a": 1, "b": 2}, "numTraining": 3, "file_ending": ".nii.gz", "overwrite_image_reader_writer": "NibabelIOWithReorient"}`)
		}, []string{"NibabelIOWithReorient is not supported"}},
	} {
		f := newFolder(t)
		c.break_(f)
		err := useAll(f.dir)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q lacks %q", name, err, want)
			}
		}
	}
}

func useAll(dir string) error {
	d, err := Open(dir)
	if err != nil {
		return err
	}
	if err := d.Check(); err != nil {
		return err
	}
	for _, c := range d.Cases {
		if _, _, err := d.Load(c); err != nil {
			return err
		}
	}
	return nil
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	want := filepath.Join(root, "Dataset004_Hippocampus")
	os.Mkdir(want, 0o755)
	for _, name := range []string{"4", "004", "Dataset004_Hippocampus"} {
		if got, err := Find(root, name); err != nil || got != want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	for _, name := range []string{"5", "..", "Dataset005", "a/b"} {
		if got, err := Find(root, name); !fault.IsInput(err) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}
