package atomicfile

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Stage creates or replaces the file at path, and what else write puts beside it, as formats of a header and a data
// file do. write gets a path with the same name in a new folder beside the final place, from where the files are moved
// when all are complete; the one at path goes last. For a write that does not know the context: when it is done, Stage
// returns at once, and what write has begun is removed. write then still runs, so that the process should end.
func Stage(ctx context.Context, path string, write func(staged string) error) error {
	folder, base := filepath.Split(path)
	dir, err := os.MkdirTemp(cmp.Or(folder, "."), "."+base+".*.tmp")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer removeStage(dir)
	written := make(chan error, 1)
	go func() { written <- write(filepath.Join(dir, base)) }()
	select {
	case <-ctx.Done():
	case err = <-written:
	}
	if ctx.Err() != nil {
		return fmt.Errorf("write %s: %w", path, ctx.Err())
	}
	if err != nil {
		return &stagedError{err, filepath.Clean(dir), folder}
	}
	if err := unstage(dir, folder, base); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// unstage moves the files to their place, the one of the name base last.
func unstage(dir, folder, base string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == base {
			continue
		}
		if err := rename(filepath.Join(dir, e.Name()), filepath.Join(folder, e.Name())); err != nil {
			return err
		}
	}
	if err := rename(filepath.Join(dir, base), filepath.Join(folder, base)); err != nil {
		return err
	}
	syncFolder(cmp.Or(folder, "."))
	return nil
}

// removeStage removes the folder; a write that still runs may add a file meanwhile, but not to a folder that is gone.
func removeStage(dir string) {
	for range 10 {
		if os.RemoveAll(dir) == nil {
			return
		}
	}
}

// stagedError words the error of a write with the place that its caller knows.
type stagedError struct {
	err         error
	dir, folder string
}

func (e *stagedError) Error() string {
	return strings.ReplaceAll(e.err.Error(), e.dir+string(filepath.Separator), e.folder)
}

func (e *stagedError) Unwrap() error { return e.err }
