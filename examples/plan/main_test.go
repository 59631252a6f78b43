package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/phantom"
)

func TestPlan(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Dataset999_Phantom")
	if err := phantom.Write(dir, phantom.Options{Seed: 1, Cases: 5}); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := plan(context.Background(), &out, dir); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2d: spacing", "3d_fullres: spacing", "because "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q lacks %q", out.String(), want)
		}
	}
}
