//go:build !windows

package atomicfile

import "os"

// rename replaces path in one step, whoever has the old file open (POSIX rename).
func rename(temporary, path string) error { return os.Rename(temporary, path) }
