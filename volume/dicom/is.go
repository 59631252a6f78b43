package dicom

import (
	"io"
	"os"
)

// Is reports whether a path is a folder or a file with the mark of DICOM, whatever its name.
func Is(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	if about, err := f.Stat(); err != nil || about.IsDir() {
		return err == nil
	}
	var start [132]byte
	_, err = io.ReadFull(f, start[:])
	return err == nil && string(start[128:]) == "DICM"
}
