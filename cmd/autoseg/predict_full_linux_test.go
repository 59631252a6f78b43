package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestPredictOnFullDisk fills a small file system: the case that does not fit is named, nothing half-written
// stays.
func TestPredictOnFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("mounting a small file system needs root: %v", err)
	}
	defer unix.Unmount(disk, 0)
	model, images := smallModel(t, [3]int{8, 9, 10}, [3]int{90, 64, 64})
	status, _, stderr := execute("predict", "--model", model, "-i", images, "-o", disk, "--no-mirror", "--folds", "0")
	if status != statusFailed || !strings.Contains(stderr, "case case_01") || !strings.Contains(stderr, "no space left") {
		t.Errorf("status %d: %s", status, stderr)
	}
	if _, err := os.Stat(filepath.Join(disk, "case_00.nii.gz")); err != nil {
		t.Error("the case that fits is missing")
	}
	entries, err := os.ReadDir(disk)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), "tmp") || e.Name() == "case_01.nii.gz" {
			t.Errorf("%s stays behind", e.Name())
		}
	}
}
