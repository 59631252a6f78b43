// Package atomicfile writes files that are either complete or absent: a reader, a crash or a full
// disk never leaves half a file under the final name.
package atomicfile

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Write creates or replaces the file at path with what write produces. The bytes go to a temporary
// file in the same folder, reach the disk (fsync) and are then renamed into place. When write fails
// or panics, the old file stays as it was and the temporary one is removed. The writer that write
// gets is buffered.
func Write(path string, write func(io.Writer) error) (err error) {
	f, err := create(path)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	renamed := false
	defer func() {
		if !renamed {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := fill(f, write); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := rename(f.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	renamed = true
	syncFolder(filepath.Dir(path))
	return nil
}

// WriteBytes is Write for content that is already in memory.
func WriteBytes(path string, content []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

func fill(f *os.File, write func(io.Writer) error) error {
	w := bufio.NewWriterSize(f, 1<<16)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// create opens a new file beside path. os.CreateTemp would do but for its mode 0600, which would
// hide results from the user's group whatever the umask says.
func create(path string) (*os.File, error) {
	folder, base := filepath.Split(path)
	for attempt := 0; ; attempt++ {
		name := fmt.Sprintf("%s.%s.%08x.tmp", folder, base, rand.Uint32())
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil || !os.IsExist(err) || attempt == 100 {
			return f, err
		}
	}
}

// syncFolder makes the rename itself durable. Some file systems cannot sync folders; the content is
// safe already, so that is no failure.
func syncFolder(folder string) {
	if d, err := os.Open(folder); err == nil {
		d.Sync()
		d.Close()
	}
}
