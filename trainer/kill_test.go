//go:build unix

package trainer

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/autoseg/autoseg/internal/random"
)

// TestKilledTraining kills a process that trains, with SIGKILL, at every kind of point, then lets
// another one go on, and compares the final weights with those of an undisturbed training. The process
// is this test binary; -- separates its arguments.
func TestKilledTraining(t *testing.T) {
	if at := argumentsBehind(); at != nil {
		trainUntil(t, at[0], at[1], at[2])
		return
	}
	dir := t.TempDir()
	reference := testJob(t, dir)
	reference.Config.CheckpointEvery = 0
	passed := 0
	reference.announce = func(string) { passed++ }
	if err := Run(t.Context(), reference); err != nil {
		t.Fatal(err)
	}
	want := finalWeights(t, reference.Folder)
	points := []string{
		"checkpoint: before the rename of weights.safetensors#1", "checkpoint: before the rename of weights.safetensors#2",
		"checkpoint: after the rename of weights.safetensors#2", "checkpoint: after the rename of optimizer.safetensors#3",
		"checkpoint: before the rename of state.json#2", "checkpoint: before the rename of state.json#3", "checkpoint: written#1", "checkpoint: written#3",
		"training iteration#1", "training iteration#4", "training iteration#5", "training iteration#12",
		"validation iteration#1", "validation iteration#4", "finish: weights written#1", "checkpoint: before the rename of state.json#4",
	}
	rng := random.Derive(2026, "kill points")
	for range 5 {
		points = append(points, fmt.Sprintf("any#%d", 1+rng.IntN(passed)))
	}
	for i, point := range points {
		t.Run(point, func(t *testing.T) {
			folder := fmt.Sprintf("%s/killed_%d", dir, i)
			command := exec.Command(os.Args[0], "-test.run=^TestKilledTraining$", "--", dir, folder, point)
			out, err := command.CombinedOutput()
			if err == nil || !strings.Contains(err.Error(), "killed") {
				t.Fatalf("the process was not killed: %v\n%s", err, out)
			}
			job := testJob(t, dir)
			job.Folder = folder
			if err := Run(t.Context(), job); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(finalWeights(t, job.Folder), want) {
				t.Error("other weights than an undisturbed training")
			}
			left, err := exec.Command("find", folder, "-name", "*.tmp").Output()
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %s %v", left, err)
			}
		})
	}
}

func argumentsBehind() []string {
	for i, a := range os.Args {
		if a == "--" && len(os.Args) == i+4 {
			return os.Args[i+1:]
		}
	}
	return nil
}

// trainUntil trains and kills the process when a point, written NAME#n, is reached the n-th time; any#n is
// the n-th point of all.
func trainUntil(t *testing.T, dir, folder, point string) {
	job := testJob(t, dir)
	job.Folder = folder
	job.Config.CheckpointEvery = 0
	seen := map[string]int{}
	job.announce = func(name string) {
		seen[name]++
		seen["any"]++
		if point == fmt.Sprintf("any#%d", seen["any"]) {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		if fmt.Sprintf("%s#%d", name, seen[name]) == point {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
}
