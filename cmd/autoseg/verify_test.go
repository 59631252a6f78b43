package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
)

func TestVerifyPrintsEveryFinding(t *testing.T) {
	source := golden.Shared(t, "golden", "preprocess", "mri_2ch_zero_background")
	dir := filepath.Join(t.TempDir(), "data set ä")
	if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	if status, stdout, stderr := execute("verify", dir); status != statusDone || !strings.Contains(stdout, "2 training and 0 test cases, 0 errors") {
		t.Fatalf("status %d\n%s%s", status, stdout, stderr)
	}
	images, err := filepath.Glob(filepath.Join(dir, "imagesTr", "*_0001.nii.gz"))
	if err != nil || len(images) != 2 {
		t.Fatal(images, err)
	}
	os.Remove(images[0])
	os.WriteFile(images[1], []byte("no image"), 0o644)
	status, stdout, stderr := execute("verify", dir, "--json")
	if status != statusInput || !strings.Contains(stderr, "2 errors") {
		t.Errorf("status %d, stderr %s", status, stderr)
	}
	var report struct {
		Findings []struct{ Case, Severity, What string }
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || len(report.Findings) < 2 || report.Findings[0].Severity != "error" {
		t.Errorf("%v\n%s", err, stdout)
	}
}

func TestVerifyFixes(t *testing.T) {
	source := golden.Shared(t, "golden", "preprocess", "regions_ignore")
	out := filepath.Join(t.TempDir(), "fixed")
	if status, stdout, stderr := execute("verify", source, "--fix", out); status != statusDone || !strings.Contains(stdout, "repaired copy in") {
		t.Fatalf("status %d\n%s%s", status, stdout, stderr)
	}
	if status, _, stderr := execute("verify", source, "--fix", out); status != statusInput || !strings.Contains(stderr, "is not empty") {
		t.Errorf("status %d\n%s", status, stderr)
	}
}

func TestVerifyNamesAMissingFolder(t *testing.T) {
	if status, _, stderr := execute("verify", filepath.Join(t.TempDir(), "nothing")); status != statusInput || !strings.Contains(stderr, "nothing") {
		t.Errorf("status %d\n%s", status, stderr)
	}
}

func TestFingerprintIsFoundByNumber(t *testing.T) {
	root := t.TempDir()
	if err := os.Symlink(golden.Shared(t, "golden", "preprocess", "mri_2ch_zero_background"), filepath.Join(root, "Dataset007_Mri")); err != nil {
		t.Skipf("this system makes no symbolic links: %v", err)
	}
	t.Setenv("nnUNet_raw", root)
	out := filepath.Join(root, "f.json")
	if status, stdout, stderr := execute("fingerprint", "7", "-o", out); status != statusDone || stdout != out+"\n" {
		t.Fatalf("status %d\n%s%s", status, stdout, stderr)
	}
	if _, err := os.Stat(out); err != nil {
		t.Error(err)
	}
	if status, _, stderr := execute("fingerprint", "8"); status != statusInput || !strings.Contains(stderr, "dataset 8") {
		t.Errorf("status %d\n%s", status, stderr)
	}
}
