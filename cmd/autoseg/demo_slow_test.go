//go:build slow

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/autoseg/autoseg/pipeline"
)

// TestSlowDemo runs what a newcomer runs first: the demo must find both organs on cases that it was not
// trained on, in time, and a second call must find nothing to do.
func TestSlowDemo(t *testing.T) {
	dir := t.TempDir()
	start := time.Now()
	status, stdout, stderr := execute("demo", "-o", dir, "--json")
	if status != statusDone {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	took := time.Since(start)
	var o pipeline.Outcome
	if err := json.Unmarshal([]byte(stdout), &o); err != nil {
		t.Fatalf("stdout %q: %v", stdout, err)
	}
	for _, c := range o.Classes {
		if c.Test == nil || *c.Test < 0.85 {
			t.Errorf("%s: Dice %s on the test cases, want at least 0.85", c.Name, diceText(c.Test))
		}
	}
	if took > 4*time.Minute {
		t.Errorf("took %v, want at most 4 minutes", took)
	}
	t.Logf("took %v: %s", took, stdout)
	manifest := filepath.Join(dir, "run", pipeline.ManifestFile)
	before, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	start = time.Now()
	status, _, stderr = execute("demo", "-o", dir, "--json")
	if status != statusDone || strings.Contains(stderr, "train/") {
		t.Errorf("the second call: exit status %d, %s", status, stderr)
	}
	after, err := os.ReadFile(manifest)
	if err != nil || string(after) != string(before) {
		t.Errorf("the second call changed the manifest (%v)", err)
	}
	t.Logf("the second call took %v", time.Since(start))
}
