package postprocess

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/volume"
)

// Files is work on segmentation files.
type Files struct {
	// Input is a file or a folder; the results go to the folder Output under the same names.
	Input, Output string
	Rules         Rules
	Formats       volume.Formats
	// Workers is the number of files in memory at a time; 0 means one.
	Workers int
	// Progress, if not nil, is called after every file from any goroutine.
	Progress func(done, total int)
}

// Run applies the rules to every segmentation and returns the number of files written. A file that
// fails does not keep the others from being written; the error names it.
func (f *Files) Run(ctx context.Context) (written int, err error) {
	paths, err := f.list()
	if err != nil {
		return 0, fault.Input(err)
	}
	if err := os.MkdirAll(f.Output, 0o755); err != nil {
		return 0, err
	}
	failures := make([]error, len(paths))
	var done, good atomic.Int64
	err = parallel.Each(ctx, max(1, f.Workers), len(paths), func(_, i int) error {
		if failures[i] = f.one(paths[i]); failures[i] == nil {
			good.Add(1)
		}
		if n := int(done.Add(1)); f.Progress != nil {
			f.Progress(n, len(paths))
		}
		return nil
	})
	return int(good.Load()), errors.Join(append(failures, err)...)
}

func (f *Files) one(path string) error {
	labels, err := f.Formats.ReadLabels(path)
	if err != nil {
		return fmt.Errorf("post-process: %w", err)
	}
	f.Rules.Apply(labels)
	return f.Formats.WriteLabels(filepath.Join(f.Output, filepath.Base(path)), labels)
}

// list returns the segmentation files of the input.
func (f *Files) list() ([]string, error) {
	info, err := os.Stat(f.Input)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{f.Input}, nil
	}
	entries, err := os.ReadDir(f.Input)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") && f.Formats.Ending(e.Name()) != "" {
			paths = append(paths, filepath.Join(f.Input, e.Name()))
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s holds no segmentations", f.Input)
	}
	return paths, nil
}
