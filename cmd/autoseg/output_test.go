package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOutputsAreCheckedBeforeWork gives places that cannot be written to a verb whose dataset does not even
// exist: that the complaint is about the place shows that it comes first.
func TestOutputsAreCheckedBeforeWork(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"folder for a file": {[]string{"fingerprint", "d", "-o", dir}, "is a folder; name a file"},
		"file for a folder": {[]string{"run", "d", "-o", file}, "is a file; name a folder"},
		"below a file":      {[]string{"train", "d", "-o", filepath.Join(file, "run")}, "cannot be written"},
		"file below a file": {[]string{"plan", "d", "-o", filepath.Join(file, "plan.yaml")}, "choose another place"},
		"second output":     {[]string{"evaluate", "--csv", dir}, "--csv " + dir + " is a folder"},
		"repaired dataset":  {[]string{"verify", "d", "--fix", file}, "--fix " + file + " is a file"},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, stderr := execute(test.args...)
			if status != statusInput || !strings.Contains(stderr, test.want) {
				t.Errorf("exit status %d, stderr %q; want %d and %q", status, stderr, statusInput, test.want)
			}
		})
	}
}

func TestFoldersOfOutputFiles(t *testing.T) {
	data, _ := trainable(t, nil)
	dir := t.TempDir()
	out := filepath.Join(dir, "deep", "er", "fingerprint.json")
	if status, _, stderr := execute("fingerprint", data, "-o", out, "-q"); status != statusDone {
		t.Fatal(stderr)
	}
	if !exists(out) {
		t.Errorf("%s was not written", out)
	}
	other := filepath.Join(dir, "unused")
	if status, _, _ := execute("fingerprint", filepath.Join(dir, "missing"), "-o", filepath.Join(other, "x", "f.json")); status != statusInput {
		t.Errorf("exit status %d, want %d", status, statusInput)
	}
	if exists(other) {
		t.Error("a folder was left although nothing was written into it")
	}
}

// TestFingerprintKeepsTheDescription names the description of a dataset as the place of its fingerprint.
func TestFingerprintKeepsTheDescription(t *testing.T) {
	data, _ := trainable(t, nil)
	description := filepath.Join(data, "dataset.json")
	before, err := os.ReadFile(description)
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link.json")
	if err := os.Link(description, link); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{
		"as it is":          description,
		"by a detour":       filepath.Join(data, "imagesTr") + "/../dataset.json",
		"by another name":   link,
		"of another folder": filepath.Join(t.TempDir(), "dataset.json"),
	} {
		status, _, stderr := execute("fingerprint", data, "-o", out)
		if status != statusUsage || !strings.Contains(stderr, "a dataset's description, which would be lost") {
			t.Errorf("%s: exit status %d, %s", name, status, stderr)
		}
	}
	if after, err := os.ReadFile(description); err != nil || string(after) != string(before) {
		t.Errorf("dataset.json changed, error %v", err)
	}
}

func TestOutputIntoTheInput(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{
		{"predict", "--model", "m", "-i", dir, "-o", dir + "/."},
		{"ensemble", "-i", "a", "-i", dir, "-o", dir},
		{"postprocess", "-i", filepath.Join(dir, "case.nii.gz"), "-o", dir, "--rules", "r"},
	} {
		t.Run(args[0], func(t *testing.T) {
			if args[0] == "postprocess" {
				if err := os.WriteFile(args[2], nil, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			status, _, stderr := execute(args...)
			if status != statusUsage || !strings.Contains(stderr, "write into another one") {
				t.Errorf("exit status %d, stderr %q", status, stderr)
			}
		})
	}
}
