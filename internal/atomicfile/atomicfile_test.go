package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestWriteReplacesOnlyOnSuccess(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ergebnis öäü 1.json")
	if err := WriteBytes(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("disk on fire")
	err := Write(path, func(w io.Writer) error {
		fmt.Fprint(w, "half of the new")
		return failure
	})
	if !errors.Is(err, failure) {
		t.Fatalf("got %v, want the error of the callback", err)
	}
	expect(t, path, "old")
	func() {
		defer func() { recover() }()
		Write(path, func(io.Writer) error { panic("bug") })
	}()
	expect(t, path, "old")
	if err := WriteBytes(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	expect(t, path, "new")
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("%d files left, want 1: %v", len(entries), entries)
	}
}

func TestWriteConcurrently(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	var wait sync.WaitGroup
	for range 8 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if err := WriteBytes(path, []byte("same")); err != nil {
				t.Error(err)
			}
		}()
	}
	wait.Wait()
	expect(t, path, "same")
}

func TestWriteNamesThePath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "f")
	if err := WriteBytes(path, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want not exist", err)
	}
}

func expect(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Fatalf("got %q (%v), want %q", got, err, want)
	}
}
