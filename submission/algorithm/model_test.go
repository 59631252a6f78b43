package algorithm

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/submission/internal/randomrun"
)

// writeAlgorithm makes an algorithm's folder with random weights: the given models for the given channels.
func writeAlgorithm(t *testing.T, channels []string, models ...string) string {
	t.Helper()
	folder := randomrun.Write(t, channels, models...)
	content, err := DefaultInterface(channels).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, File), content, 0o644); err != nil {
		t.Fatal(err)
	}
	return folder
}
