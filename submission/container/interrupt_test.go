package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/autoseg/autoseg/submission/internal/randomrun"
)

// TestBuildStops ends the context after a number of reads, that is while sums are made, layers are
// compressed or the archive is written: each time nothing is left behind.
func TestBuildStops(t *testing.T) {
	needStatic(t)
	c := Config{Run: randomrun.Write(t, []string{"CT"}, "3d_fullres"), Program: os.Args[0], Version: "1.2.3"}
	all := &ending{Context: t.Context()}
	all.left.Store(1 << 40)
	if _, err := Build(all, filepath.Join(t.TempDir(), "image.tar"), c); err != nil {
		t.Fatal(err)
	}
	reads := 1<<40 - all.left.Load()
	for _, percent := range []int64{0, 10, 30, 50, 70, 90, 99} {
		t.Run(fmt.Sprint(percent, " percent"), func(t *testing.T) {
			dir := t.TempDir()
			ctx := &ending{Context: t.Context()}
			ctx.left.Store(reads * percent / 100)
			if _, err := Build(ctx, filepath.Join(dir, "image.tar"), c); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want that the context ended", err)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("left %v behind", left)
			}
		})
	}
}

// ending is a context that ends when it was asked a number of times.
type ending struct {
	context.Context
	left atomic.Int64
}

func (e *ending) Err() error {
	if e.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}
