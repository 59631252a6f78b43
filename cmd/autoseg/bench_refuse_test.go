package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNothingRunsThatCannot asks for training steps that no network or machine can do: each is refused as bad
// input, with what is wrong in numbers.
func TestNothingRunsThatCannot(t *testing.T) {
	write := func(patch ...int) string {
		path := filepath.Join(t.TempDir(), "plan.yaml")
		if err := (randomModel{classes: 2, patch: patch, features: []int{4, 8, 8}}).plans().Write(path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, bad := write(8, 16, 16), write(8, 16, 18)
	for name, c := range map[string]struct {
		args   string
		status int
		want   string
	}{
		"step with a patch of the strides":        {"bench step --plan " + good + " --config 3d_fullres --runs 1", 0, ``},
		"step with a patch that does not divide":  {"bench step --plan " + bad + " --config 3d_fullres", statusInput, `patch.*18`},
		"summary of a patch that does not divide": {"network summary --plan " + bad + " --config 3d_fullres", statusInput, `patch.*18`},
		"step with a batch below one":             {"bench step --plan " + good + " --config 3d_fullres --batch -1", statusUsage, `--batch -1`},
		"step with an empty batch":                {"bench step --plan " + good + " --config 3d_fullres --batch 0", statusUsage, `--batch 0`},
		"summary of an empty batch":               {"network summary --plan " + good + " --config 3d_fullres --batch 0", statusUsage, `--batch 0`},
		"step with a batch larger than the memory": {"bench step --plan " + good + " --config 3d_fullres --batch 10000000", statusInput,
			`needs [\d.]+ GB \([\d.]+ MB for parameters, [\d.]+ GB for activations\), more than the [\d.]+ [MG]B of memory .* smaller batch or patch`},
		"convolution of an extent beyond counting": {"bench conv --extent 999999999,999999999,999999999", statusInput,
			`shape \[2 32 999999999 999999999 999999999\], more than the \d+ elements`},
		"summary of a batch beyond counting": {"network summary --arch unet --batch 9223372036854775807", statusInput, `more than the \d+ elements`},
		"step with a batch beyond counting":  {"bench step --plan " + good + " --config 3d_fullres --batch 9223372036854775807", statusInput, `more than the \d+ elements`},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, stderr := execute(strings.Fields(c.args)...)
			if status != c.status || !regexp.MustCompile(c.want).MatchString(stderr) {
				t.Errorf("status %d with %q, want %d with %q", status, stderr, c.status, c.want)
			}
		})
	}
}
