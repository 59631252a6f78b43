package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReportTakesWhatTrainHasLeft(t *testing.T) {
	run := t.TempDir()
	status, _, stderr := execute("report", run)
	if status != statusInput || !strings.Contains(stderr, "holds no run") {
		t.Errorf("an empty folder: exit status %d, stderr %q, want 3 and the reason", status, stderr)
	}
	if err := os.MkdirAll(filepath.Join(run, "models", "2d", "fold_0"), 0o755); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := execute("report", run); status != 0 {
		t.Errorf("a folder with a training: exit status %d, stderr %q", status, stderr)
	}
	if page, err := os.ReadFile(filepath.Join(run, "report.html")); err != nil || !strings.Contains(string(page), "model-2d") {
		t.Errorf("the page does not show the training (%v)", err)
	}
}
