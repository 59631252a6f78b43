//go:build slow && linux

package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

var (
	memoryShape   = flag.String("predict.shape", "200,128,128", "voxels of the image of TestSlowPredictMemory, z,y,x")
	memoryClasses = flag.Int("predict.classes", 117, "classes of TestSlowPredictMemory")
	memoryFolds   = flag.Int("predict.folds", 1, "folds of TestSlowPredictMemory")
)

// TestSlowPredictMemory predicts an image with many classes in a process of its own and holds the memory
// that was announced against the operating system's account. The image is a quarter in every axis of
// 800x512x512 voxels; run with -predict.shape for others.
func TestSlowPredictMemory(t *testing.T) {
	var shape [3]int
	if _, err := fmt.Sscanf(*memoryShape, "%d,%d,%d", &shape[0], &shape[1], &shape[2]); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "autoseg")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	m := randomModel{classes: *memoryClasses, folds: *memoryFolds, patch: []int{96, 96, 96}, features: []int{8, 16, 32, 64}}
	m.write(t, filepath.Join(dir, "model"))
	writeNoise(t, filepath.Join(dir, "case_0000.nii.gz"), shape, [3]float64{1, 1, 1})
	var stdout, stderr bytes.Buffer
	command := exec.Command(binary, "predict", "--model", filepath.Join(dir, "model"), "-i", filepath.Join(dir, "case_0000.nii.gz"),
		"-o", filepath.Join(dir, "out"), "--no-mirror", "--max-memory", "4GB", "--threads", "2", "--json")
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	t.Logf("%s", &stderr)
	var o predictOutcome
	if err := json.Unmarshal(stdout.Bytes(), &o); err != nil || len(o.Written) != 1 {
		t.Fatalf("%v: %s", err, &stdout)
	}
	measured := float64(command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) * 1024
	announced := float64(o.Memory.Peak)
	t.Logf("measured %.0f MB, announced %.0f MB (%+.1f %%), %v, %+v", measured/1e6, announced/1e6, 100*(announced/measured-1),
		command.ProcessState.UserTime(), o.Memory.Plan)
	if math.Abs(announced/measured-1) > 0.1 {
		t.Error("announced and measured memory differ by more than 10 %")
	}
	if measured > 4e9 {
		t.Error("more than 4 GB")
	}
}
