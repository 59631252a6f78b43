package dicom

import (
	"context"
	"fmt"
	"io"
	"io/fs"
)

// ScanFS is Scan for named files of a file system, an archive for example.
func ScanFS(ctx context.Context, fsys fs.FS, files []string) ([]*Volume, []Finding, error) {
	frames, problems, err := loadAll(ctx, files, func(name string) ([]slice, error) {
		data, err := readFS(fsys, name)
		if err != nil {
			return nil, err
		}
		o, err := parse(data)
		if err != nil {
			return nil, err
		}
		return o.slices(name)
	})
	if err != nil {
		return nil, nil, err
	}
	volumes, findings := assemble(files, frames, problems)
	return volumes, findings, nil
}

// readFS reads a whole file. The size that an archive states is not believed.
func readFS(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("more than the %d bytes that a DICOM file may have", maxFile)
	}
	return data, err
}

// Files returns the names of the files that the slices come from, in the order of the slices.
func (v *Volume) Files() []string {
	names := make([]string, len(v.slices))
	for i, s := range v.slices {
		names[i] = s.path
	}
	return names
}
