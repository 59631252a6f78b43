package trainer

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestFullDisk fills the disk while a training goes on: it must end with an error that says so, leave a
// whole checkpoint, and go on from there to the same weights once there is room.
func TestFullDisk(t *testing.T) {
	reference := testJob(t, t.TempDir())
	if err := Run(t.Context(), reference); err != nil {
		t.Fatal(err)
	}
	small := t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mounting a small tmpfs takes root: %v", err)
	}
	defer syscall.Unmount(small, 0)
	job := testJob(t, filepath.Dir(reference.Folder))
	job.Folder, job.Config.CheckpointEvery = small+"/fold_0", 0
	ballast := small + "/ballast"
	written := 0
	job.announce = func(point string) {
		if point == "checkpoint: written" {
			if written++; written == 2 {
				fill(t, ballast)
			}
		}
	}
	if err := Run(t.Context(), job); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("%v, want no space left on device", err)
	}
	if saved, _ := newestCheckpoint(job.Folder); saved == nil {
		t.Fatal("no whole checkpoint is left")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	job.announce = nil
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(finalWeights(t, job.Folder), finalWeights(t, reference.Folder)) {
		t.Error("other weights than an undisturbed training")
	}
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
}
