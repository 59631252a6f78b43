package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

// TestInterruptedConvert converts with a context that is done: the exit status is 130, and nothing is written.
func TestInterruptedConvert(t *testing.T) {
	in := filepath.Join(t.TempDir(), "image.nii.gz")
	if err := dataset.Formats().Write(in, volume.NewImage(placed(), 1)); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{"image.mha", "image.mhd", "new/image.nii.gz"} {
		t.Run(out, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			dir := t.TempDir()
			var errs strings.Builder
			status := run(ctx, []string{"convert", in, filepath.Join(dir, out)}, strings.NewReader(""), io.Discard, &errs)
			if status != statusInterrupted || !strings.Contains(errs.String(), "interrupted") {
				t.Errorf("exit status %d with %q", status, errs.String())
			}
			if left := files(t, filepath.Join(dir, "*")); left != nil {
				t.Errorf("%q are left", left)
			}
		})
	}
}
