package atomicfile

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Sweep removes what killed processes have left in a folder: the temporary files that nobody has written to
// for an age. Give an age longer than any write takes where other processes may be writing, and 0 where none
// can be. What cannot be removed stays; it harms nobody.
func Sweep(folder string, age time.Duration) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), ".") || !strings.HasSuffix(e.Name(), ".tmp") {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) >= age {
			os.Remove(filepath.Join(folder, e.Name()))
		}
	}
}
