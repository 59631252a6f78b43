package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/phantom"
	"github.com/autoseg/autoseg/pipeline"
	"github.com/autoseg/autoseg/trainer"
)

// planted is a patient's name that no output may hold.
const planted = "Mustermann^Anna"

// TestOutputsNameNobody plants a name into every text field of every input image and works in a folder of
// a telltale name. Neither, nor any absolute path of the machine, may appear in what run, predict, evaluate,
// report, package, reproduce and model export write, also inside what is compressed.
func TestOutputsNameNobody(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home-of-mustermann")
	data, runDir := filepath.Join(home, "Dataset999_Phantom"), filepath.Join(home, "runs", "one")
	if err := phantom.Write(data, phantom.Options{Seed: 3, Cases: 5, TestCases: 1}); err != nil {
		t.Fatal(err)
	}
	plantEverywhere(t, data)
	tinyRun(t, data, runDir)
	out := filepath.Join(home, "out")
	for _, line := range [][]string{
		{"plan", data, "-o", filepath.Join(out, "plan.yaml")},
		{"fingerprint", data, "-o", filepath.Join(out, "fingerprint.json")},
		{"predict", "--model", filepath.Join(runDir, "models", "3d_fullres"), "-i", filepath.Join(data, "imagesTs"), "-o", filepath.Join(out, "predictions"), "--save-probabilities"},
		{"evaluate", "--reference", filepath.Join(data, "labelsTs"), "--prediction", filepath.Join(out, "predictions"), "--labels", "1,2", "-o", filepath.Join(out, "summary.json")},
		{"convert", filepath.Join(data, "imagesTs", "test_000_0000.nii.gz"), filepath.Join(out, "converted.nrrd")},
		{"report", runDir, "--dataset", data, "-o", filepath.Join(out, "report.html")},
		{"model", "export", filepath.Join(runDir, "models", "3d_fullres"), "--format", "nnunet", "-o", filepath.Join(out, "exported")},
		{"reproduce", runDir, "--dataset", data, "--work", filepath.Join(out, "again")},
	} {
		if err := os.MkdirAll(out, 0o755); err != nil {
			t.Fatal(err)
		}
		if status, _, stderr := execute(line...); status != statusDone {
			t.Errorf("%s: exit status %d: %s", line[0], status, stderr)
		}
	}
	folder, err := filepath.EvalSymlinks(home)
	if err != nil {
		t.Fatal(err)
	}
	workplace, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	forbidden := []string{planted, "home-of-mustermann", home, folder, filepath.Dir(filepath.Dir(workplace)) + string(filepath.Separator)}
	n := searchTree(t, runDir, forbidden) + searchTree(t, out, forbidden)
	if n < 100 {
		t.Errorf("only %d files were searched", n)
	}
}

// tinyRun trains one iteration.
func tinyRun(t *testing.T, data, dir string) {
	t.Helper()
	executor, err := cpu.New(cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer executor.Close()
	a := newApp(nil, io.Discard, io.Discard)
	err = pipeline.Run(context.Background(), pipeline.Config{
		Dataset: data, Output: dir, Configurations: []string{"3d_fullres"}, Folds: []string{"0"},
		Replay: map[string]trainer.Resolved{"train/3d_fullres/fold_0": {{Epochs: 1, Iterations: 1, ValidationIterations: 1}}},
		Seed:   1234, Threads: 2, Executor: executor, SIMD: a.simdLevel(), Machine: a.machineWords(),
		Program: "autoseg test", Command: "autoseg run Dataset999_Phantom",
	})
	if err != nil {
		t.Fatal(err)
	}
}

// plantEverywhere writes the name into the text fields and an extension of every NIfTI file.
func plantEverywhere(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".nii.gz") {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		plain := unpack(t, path, content)
		for _, at := range []int{14, 148, 228} { // db_name, descrip, aux_file
			copy(plain[at:], planted)
		}
		copy(plain[328:344], planted) // intent_name
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Name, z.Comment = planted, planted
		if _, err := z.Write(withExtension(plain)); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		return os.WriteFile(path, b.Bytes(), 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// withExtension adds a NIfTI-1 extension of 48 bytes that holds the name, as converters from DICOM do.
func withExtension(plain []byte) []byte {
	extension := make([]byte, 48)
	binary.LittleEndian.PutUint32(extension, 48)
	binary.LittleEndian.PutUint32(extension[4:], 6) // a comment
	copy(extension[8:], planted)
	head := slices.Clone(plain[:352])
	head[348] = 1
	copy(head[108:], []byte{0, 0, 0xc8, 0x43}) // vox_offset 400 as float32
	return slices.Concat(head, extension, plain[352:])
}

// searchTree looks for forbidden words in names and contents of all files of a folder, and returns their
// number.
func searchTree(t *testing.T, dir string, forbidden []string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n++
		name, _ := filepath.Rel(dir, path)
		search(t, name, append([]byte(name+"\n"), content...), forbidden)
		searchInside(t, name, content, forbidden)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func searchInside(t *testing.T, name string, content []byte, forbidden []string) {
	t.Helper()
	if bytes.HasPrefix(content, []byte("\x1f\x8b")) {
		search(t, name, unpack(t, name, content), forbidden)
	}
	if archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content))); err == nil {
		for _, member := range archive.File {
			f, err := member.Open()
			if err != nil {
				t.Fatal(err)
			}
			inside, err := io.ReadAll(f)
			if err != nil {
				t.Fatal(err)
			}
			search(t, name+"/"+member.Name, append([]byte(member.Name+member.Comment+"\n"), inside...), forbidden)
		}
	}
}

func search(t *testing.T, name string, content []byte, forbidden []string) {
	t.Helper()
	for _, word := range forbidden {
		if i := bytes.Index(content, []byte(word)); i >= 0 {
			t.Errorf("%s holds %q: ...%q...", name, word, content[max(0, i-40):min(len(content), i+len(word)+20)])
		}
	}
}

func unpack(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(content))
	if err == nil {
		content, err = io.ReadAll(z)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return append(content, z.Name...)
}

// TestConvertedSeriesNameNobody converts a real DICOM series whose patient's name was planted.
func TestConvertedSeriesNameNobody(t *testing.T) {
	series := filepath.Join(t.TempDir(), "series")
	if err := os.CopyFS(series, os.DirFS(golden.Shared(t, "samples", "dicom-ct-series", "example_ct_dicom"))); err != nil {
		t.Fatal(err)
	}
	if plantNames(t, series) == 0 {
		t.Fatal("no name was planted")
	}
	for _, ending := range []string{".nii.gz", ".nrrd", ".mha"} {
		out := filepath.Join(t.TempDir(), "case"+ending)
		status, stdout, stderr := execute("convert", series, out)
		if status != statusDone {
			t.Errorf("exit status %d: %s", status, stderr)
			continue
		}
		searchTree(t, filepath.Dir(out), []string{planted[:6], series})
		search(t, "the output", []byte(stderr+strings.ReplaceAll(stdout, out, "")), []string{planted[:6]})
	}
}

// plantNames replaces the value of Patient's Name (0010,0010), explicit VR, little endian.
func plantNames(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		at := bytes.Index(content, []byte{0x10, 0, 0x10, 0, 'P', 'N'})
		if at < 0 {
			return nil
		}
		length := int(binary.LittleEndian.Uint16(content[at+6:]))
		name := planted + " "[:len(planted)%2] // of an even length
		element := binary.LittleEndian.AppendUint16([]byte{0x10, 0, 0x10, 0, 'P', 'N'}, uint16(len(name)))
		n++
		return os.WriteFile(path, slices.Concat(content[:at], element, []byte(name), content[at+8+length:]), 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
