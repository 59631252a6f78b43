//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/autoseg/autoseg/internal/random"
)

// TestKilledTrain kills a process that runs train with SIGKILL while it preprocesses, and at random moments of
// its work; the same command then goes on and must end with the weights of an undisturbed run. The process is
// this test binary; -- separates its arguments.
func TestKilledTrain(t *testing.T) {
	if at := childArguments(); at != nil {
		os.Exit(run(t.Context(), at, os.Stdin, os.Stdout, os.Stderr))
	}
	data, plan := trainable(t, nil)
	arguments := func(out string) []string {
		return []string{"train", data, "--plan", plan, "--config", "3d_fullres", "--fold", "0", "-o", out,
			"--epochs", "2", "--iterations", "3", "--threads", "2", "-q"}
	}
	weightsOf := func(out string) []byte {
		content, err := os.ReadFile(filepath.Join(out, "models", "3d_fullres", "fold_0", "weights.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	undisturbed := filepath.Join(t.TempDir(), "run")
	start := time.Now()
	if status, _, stderr := execute(arguments(undisturbed)...); status != statusDone {
		t.Fatal(stderr)
	}
	took := time.Since(start)
	want := weightsOf(undisturbed)
	rng := random.Derive(2026, "kill moments")
	moments := map[string]func(out string){
		"while it preprocesses": func(out string) {
			for range 2000 {
				if files(t, filepath.Join(out, "preprocessed", "3d_fullres", "*.npy")) != nil {
					return
				}
				time.Sleep(time.Millisecond)
			}
		},
		"at a random moment": func(string) { time.Sleep(time.Duration(rng.Float64() * float64(took))) },
		"at another one":     func(string) { time.Sleep(time.Duration(rng.Float64() * float64(took))) },
	}
	for name, wait := range moments {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "run")
			command := exec.Command(os.Args[0], append([]string{"-test.run=^TestKilledTrain$", "--"}, arguments(out)...)...)
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			wait(out)
			command.Process.Signal(syscall.SIGKILL)
			if err := command.Wait(); name == "while it preprocesses" && err == nil {
				t.Fatal("the process was over before it was killed")
			}
			if name == "while it preprocesses" && exists(filepath.Join(out, "models", "3d_fullres", "fold_0")) {
				t.Error("the training had begun already")
			}
			for _, path := range files(t, filepath.Join(out, "preprocessed", "3d_fullres", ".*")) { // an hour later
				if err := os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
					t.Fatal(err)
				}
			}
			if status, _, stderr := execute(arguments(out)...); status != statusDone {
				t.Fatal(stderr)
			}
			if !bytes.Equal(weightsOf(out), want) {
				t.Error("other weights than an undisturbed run")
			}
			for _, pattern := range []string{"preprocessed/3d_fullres/.*tmp*", "models/3d_fullres/fold_0/*tmp*"} {
				if left := files(t, filepath.Join(out, pattern)); left != nil {
					t.Errorf("left behind: %v", left)
				}
			}
		})
	}
}

// childArguments returns the command line behind --, which only a child of TestKilledTrain has.
func childArguments() []string {
	for i, a := range os.Args {
		if a == "--" {
			return os.Args[i+1:]
		}
	}
	return nil
}
