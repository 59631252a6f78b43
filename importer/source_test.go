package importer

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/fault"
)

// format returns a format of the catalogue.
func format(t *testing.T, name string) *Format {
	t.Helper()
	f, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// refused imports a folder and wants bad input whose text holds every word, and nothing left behind.
func refused(t *testing.T, o Options, words ...string) {
	t.Helper()
	parent := t.TempDir()
	o.Dir = filepath.Join(parent, "Dataset001_Refused")
	_, err := Import(context.Background(), o)
	if err == nil || !fault.IsInput(err) {
		t.Fatalf("got %v, want bad input", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
	if left, _ := os.ReadDir(parent); len(left) > 0 {
		t.Errorf("%v was left behind", left)
	}
}

// TestLinksDoNotLeaveTheFolder puts links to a secret where files of the dataset are expected.
func TestLinksDoNotLeaveTheFolder(t *testing.T) {
	p := readPage(t, "lits")
	secret := t.TempDir()
	p.build(t, "lits", secret)
	for name, replace := range map[string]string{
		"an image":             "Training Batch 1/volume-0.nii",
		"labels":               "Training Batch 1/segmentation-0.nii",
		"a folder, absolutely": "Training Batch 1",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			p.build(t, "lits", dir)
			path := filepath.Join(dir, replace)
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Join(secret, replace), path); err != nil {
				t.Skip("no symbolic links here")
			}
			if replace == "Training Batch 1" { // its cases are not there at all
				r, err := Import(context.Background(), Options{Format: format(t, "lits"), Source: dir, Dir: filepath.Join(t.TempDir(), "d")})
				if err != nil || r.Training != 1 {
					t.Errorf("%v, %+v; want the other case alone", err, r)
				}
				return
			}
			refused(t, Options{Format: format(t, "lits"), Source: dir}, "symbolic link", "out of the dataset folder")
		})
	}
}

// TestCompanionLinks puts a link where the voxels of a header are.
func TestCompanionLinks(t *testing.T) {
	p := readPage(t, "promise12")
	dir, secret := t.TempDir(), t.TempDir()
	p.build(t, "promise12", dir)
	raw := filepath.Join(dir, "TrainingData_Part1", "Case00.raw")
	if _, err := os.Stat(raw); err != nil {
		raw = filepath.Join(dir, "TrainingData_Part1", "Case00.zraw")
	}
	moved := filepath.Join(secret, "voxels")
	if err := os.Rename(raw, moved); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(moved, raw); err != nil {
		t.Skip("no symbolic links here")
	}
	refused(t, Options{Format: format(t, "promise12"), Source: dir}, "symbolic link")
}

// TestLinksWithin follows a link to a file of the same folder.
func TestLinksWithin(t *testing.T) {
	dir := t.TempDir()
	readPage(t, "lits").build(t, "lits", dir)
	path := filepath.Join(dir, "Training Batch 1", "volume-0.nii")
	if err := os.Rename(path, filepath.Join(dir, "elsewhere.nii")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../elsewhere.nii", path); err != nil {
		t.Skip("no symbolic links here")
	}
	if _, err := Import(context.Background(), Options{Format: format(t, "lits"), Source: dir, Dir: filepath.Join(t.TempDir(), "d")}); err != nil {
		t.Error(err)
	}
}

func TestFileListsDoNotLeaveTheFolder(t *testing.T) {
	for _, path := range []string{"../outside.nii.gz", "/etc/passwd.nii.gz", "./imagesTr/../../outside.nii.gz", `..\outside.nii.gz`, "imagesTr/../../x.nii.gz"} {
		t.Run(path, func(t *testing.T) {
			parent := t.TempDir()
			dir := filepath.Join(parent, "source")
			p := readPage(t, "msd")
			p.build(t, "msd/hippocampus", dir)
			list := filepath.Join(dir, "Task04_Hippocampus", "dataset.json")
			data, err := os.ReadFile(list)
			if err != nil {
				t.Fatal(err)
			}
			image, err := os.ReadFile(filepath.Join(dir, "Task04_Hippocampus", "imagesTr", "hippocampus_001.nii.gz"))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(parent, "outside.nii.gz"), image)
			write(t, filepath.Join(dir, "outside.nii.gz"), image)
			write(t, list, bytes.Replace(data, []byte("./imagesTr/hippocampus_001.nii.gz"), []byte(strings.ReplaceAll(path, `\`, `\\`)), 1))
			refused(t, Options{Format: format(t, "msd"), Source: dir}, "leads out of the dataset folder")
		})
	}
}

func TestArchivesDoNotLeaveTheFolder(t *testing.T) {
	for _, name := range []string{"../evil.nii", "/evil.nii", `..\evil.nii`} {
		dir := t.TempDir()
		f, err := os.Create(filepath.Join(dir, "data.zip"))
		if err != nil {
			t.Fatal(err)
		}
		w := zip.NewWriter(f)
		if _, err := w.Create(name); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		f.Close()
		refused(t, Options{Format: format(t, "lits"), Source: dir}, "leads out of it")
	}
}

// TestArchive imports a dataset that was never unpacked, and one whose archive lies in another.
func TestArchive(t *testing.T) {
	plain := t.TempDir()
	readPage(t, "promise12").build(t, "promise12", plain)
	files := map[string][]byte{}
	err := filepath.WalkDir(plain, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(plain, path)
		files[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	once, twice := t.TempDir(), t.TempDir()
	writeZip(t, filepath.Join(once, "promise12.zip"), files)
	inner, err := os.ReadFile(filepath.Join(once, "promise12.zip"))
	if err != nil {
		t.Fatal(err)
	}
	writeZip(t, filepath.Join(twice, "outer.zip"), map[string][]byte{"promise12/inner.zip": inner})
	for name, source := range map[string]string{"a folder with an archive": once, "an archive": filepath.Join(once, "promise12.zip"),
		"an archive in an archive": filepath.Join(twice, "outer.zip")} {
		t.Run(name, func(t *testing.T) {
			r, err := Import(context.Background(), Options{Format: format(t, "promise12"), Source: source, Dir: filepath.Join(t.TempDir(), "d"), Workers: 2})
			if err != nil || r.Training != 2 || r.Test != 1 {
				t.Errorf("%v, %+v", err, r)
			}
		})
	}
}

func TestMissingFilesAreNamed(t *testing.T) {
	for _, c := range []struct {
		format, page, remove string
		words                []string
	}{
		{"lits", "lits", "Training Batch 1/segmentation-0.nii", []string{"case liver_0", "label file is missing", "Training Batch 1/segmentation-0.nii"}},
		{"kits19", "kits19", "data/case_00000/imaging.nii.gz", []string{"case case_00000", "image of channel 0 (CT) is missing", "data/case_00000/imaging.nii.gz"}},
		{"brats", "brats/2018", "MICCAI_BraTS_2018_Data_Training/HGG/Brats18_2013_10_1/Brats18_2013_10_1_t2.nii.gz", []string{"channel 2 (T2)", "Brats18_2013_10_1_t2.nii"}},
		{"3dircadb1", "3dircadb1/folders", "3Dircadb1/3Dircadb1.5/MASKS_DICOM/liver", []string{"case 3Dircadb1.5", "MASKS_DICOM/liver"}},
		{"msd", "msd/hippocampus", "Task04_Hippocampus/labelsTr/hippocampus_001.nii.gz", []string{"training[0]", "labelsTr/hippocampus_001.nii.gz is missing"}},
		{"rvsc", "rvsc", "TrainingSet/patient01/P01contours-manual/P01-0080-ocontour-manual.txt", []string{"case P01-0080", "ocontour"}},
	} {
		t.Run(c.page, func(t *testing.T) {
			dir := t.TempDir()
			f := format(t, c.format)
			readPage(t, f.Page).build(t, c.page, dir)
			if err := os.RemoveAll(filepath.Join(dir, c.remove)); err != nil {
				t.Fatal(err)
			}
			refused(t, Options{Format: f, Source: dir}, c.words...)
		})
	}
}

func TestNothingFound(t *testing.T) {
	refused(t, Options{Format: format(t, "lits"), Source: t.TempDir()}, "no case was found", "docs/datasets/lits.md")
	refused(t, Options{Format: format(t, "lits"), Source: filepath.Join(t.TempDir(), "nowhere")}, "nowhere")
}

// TestFullFolder leaves a folder alone that holds something.
func TestFullFolder(t *testing.T) {
	source, dir := t.TempDir(), t.TempDir()
	readPage(t, "lits").build(t, "lits", source)
	write(t, filepath.Join(dir, "precious"), []byte("x"))
	_, err := Import(context.Background(), Options{Format: format(t, "lits"), Source: source, Dir: dir})
	if err == nil || !fault.IsInput(err) || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("%v", err)
	}
}

func TestFind(t *testing.T) {
	for name, want := range map[string]string{"LiTS": "lits", "KiTS 2019": "kits19", "kits2023": "kits23", "3D-IRCADb-01": "3dircadb1", "lidc": "lidc-idri",
		"NIH Pancreas-CT": "pancreas-ct", "CT Colonography": "ct-colonography", "BraTS 2021": "brats", "ISBI 2012 EM": "isbi2012-em", "ProstateX": "prostatex",
		"AMRG Cardiac Atlas": "amrg", "Medical Segmentation Decathlon": "msd", "SLIVER07": "sliver07", "RVSC": "rvsc", "OASIS": "oasis", "CHAOS": "chaos-ct"} {
		if f, err := Find(name); err != nil || f.Name != want {
			t.Errorf("%s: %v, %v, want %s", name, f, err, want)
		}
	}
	if _, err := Find("lits18"); err == nil || !strings.Contains(err.Error(), `did you mean "lits17"`) {
		t.Errorf("%v", err)
	}
}

// TestNamesAreUnique wants one format per name.
func TestNamesAreUnique(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, f := range all {
		for _, n := range append([]string{f.Name}, f.Aliases...) {
			if other := seen[plainName(n)]; other != "" && other != f.Name {
				t.Errorf("%s is both %s and %s", n, other, f.Name)
			}
			seen[plainName(n)] = f.Name
		}
	}
}
