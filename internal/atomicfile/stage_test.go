package atomicfile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// names lists a folder.
func names(t *testing.T, dir string) (r []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		r = append(r, e.Name())
	}
	return r
}

// TestStage writes a pair of files over an old one, fails after the first file of a pair, and is interrupted there.
func TestStage(t *testing.T) {
	for name, c := range map[string]struct {
		write func(cancel func(), staged string) error
		files []string
		want  string // of the error
	}{
		"pair": {func(_ func(), staged string) error {
			return errors.Join(WriteBytes(staged+".raw", []byte("data")), WriteBytes(staged, []byte("new")))
		}, []string{"a.mhd", "a.mhd.raw"}, ""},
		"failure": {func(_ func(), staged string) error {
			WriteBytes(staged+".raw", []byte("data"))
			return errors.New(staged + " does not hold it")
		}, []string{"a.mhd"}, "a.mhd does not hold it"},
		"interrupt": {func(cancel func(), staged string) error {
			WriteBytes(staged+".raw", []byte("data"))
			cancel()
			select {} // never ends
		}, []string{"a.mhd"}, "context canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a.mhd")
			if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := Stage(ctx, path, func(staged string) error { return c.write(cancel, staged) })
			if (err != nil) != (c.want != "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), ".tmp")) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if got := names(t, dir); !slices.Equal(got, c.files) {
				t.Errorf("the folder holds %q, want %q", got, c.files)
			}
			content, _ := os.ReadFile(path)
			if want := map[bool]string{true: "new", false: "old"}[c.want == ""]; string(content) != want {
				t.Errorf("the file holds %q, want %q", content, want)
			}
		})
	}
}

// TestStageInTheCurrentFolder takes a name without a folder.
func TestStageInTheCurrentFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := Stage(t.Context(), "a", func(staged string) error { return WriteBytes(staged, nil) }); err != nil {
		t.Fatal(err)
	}
	if got := names(t, "."); !slices.Equal(got, []string{"a"}) {
		t.Errorf("the folder holds %q", got)
	}
}
