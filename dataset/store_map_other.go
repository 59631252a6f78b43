//go:build !unix

package dataset

import "os"

// mappedFile is a file whose bytes can be read. Systems without memory maps read all of it.
type mappedFile struct{ content []byte }

func mapFile(path string) (*mappedFile, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return &mappedFile{content}, nil
}

func (m *mappedFile) close() error {
	m.content = nil
	return nil
}
