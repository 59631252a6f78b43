package atomicfile

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSweep(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a [b] *")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{".old.npy.1a2b.tmp", ".new.npy.3c4d.tmp", "kept.tmp", ".kept"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if name != ".new.npy.3c4d.tmp" {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, step := range []struct {
		age  time.Duration
		left int
	}{{2 * time.Hour, 4}, {time.Minute, 3}, {0, 2}} {
		Sweep(dir, step.age)
		if left, err := os.ReadDir(dir); err != nil || len(left) != step.left {
			t.Errorf("after a sweep of what is %v old: %v, want %d files", step.age, left, step.left)
		}
	}
	Sweep(filepath.Join(dir, "nothing"), 0)
}
