// Package golden loads the expected numbers of independent implementations and compares arrays
// against them, naming the first difference. Only tests import it.
package golden

import (
	"os"
	"path/filepath"
	"testing"
)

// Shared returns the path of a file or folder of the shared reference material, which lies beside
// the checkout (../shared) or where AUTOSEG_SHARED says. A test that needs it is skipped where it
// is missing, and fails there when CI=true.
func Shared(t testing.TB, elements ...string) string {
	t.Helper()
	for _, root := range roots() {
		path := filepath.Join(append([]string{root}, elements...)...)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	message := "shared material " + filepath.Join(elements...) + " not found beside the checkout (set AUTOSEG_SHARED)"
	if os.Getenv("CI") == "true" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}

func roots() []string {
	var r []string
	if dir := os.Getenv("AUTOSEG_SHARED"); dir != "" {
		r = append(r, dir)
	}
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			return append(r, filepath.Join(filepath.Dir(dir), "shared"))
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return r
}
