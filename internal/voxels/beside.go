package voxels

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// OpenBeside opens the file that a header names for its voxels. It must lie in the header's folder or
// below, also after symbolic links: a header from elsewhere must not pick files of this machine.
func OpenBeside(header, name string) (*os.File, error) {
	root, err := os.OpenRoot(filepath.Dir(header))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.Open(filepath.FromSlash(name))
	switch {
	case os.IsNotExist(err):
		return nil, fmt.Errorf("the header names %q for its voxels, and that file is missing: %w", name, fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("the header names %q for its voxels, which is no file in its own folder: %w", name, err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, fmt.Errorf("the header names %q for its voxels, which is no file", name)
	}
	return f, nil
}

// Beside returns the paths of files that a header names, which OpenBeside would open.
func Beside(header string, names []string) ([]string, error) {
	paths := make([]string, len(names))
	for i, name := range names {
		f, err := OpenBeside(header, name)
		if err != nil {
			return nil, err
		}
		f.Close()
		paths[i] = filepath.Join(filepath.Dir(header), filepath.FromSlash(name))
	}
	return paths, nil
}

// Size returns the size of an open file, 0 if it is not a regular one.
func Size(f *os.File) int64 {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}

// Reason strips the path from an error of the file system that the caller names anyway.
func Reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
