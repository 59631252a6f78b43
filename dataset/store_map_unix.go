//go:build unix

package dataset

import (
	"fmt"
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// mappedFile is a file whose bytes can be read without a copy.
type mappedFile struct{ content []byte }

// mapFile maps a whole file for reading. The map outlives the descriptor, and a file that is replaced
// by rename stays as it was for those who have it open.
func mapFile(path string) (*mappedFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 || info.Size() > math.MaxInt {
		return nil, fmt.Errorf("%s: %d bytes cannot be mapped", path, info.Size())
	}
	content, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	return &mappedFile{content}, nil
}

func (m *mappedFile) close() error {
	content := m.content
	m.content = nil
	if content == nil {
		return nil
	}
	return unix.Munmap(content)
}
