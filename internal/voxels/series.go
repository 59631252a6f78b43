package voxels

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// Series is a stream of numbers in several files, an equal part in each. Files are opened one at a
// time.
type Series struct {
	// Open opens file i and skips what precedes its voxels.
	Open func(i int) (io.ReadCloser, error)
	// Files is how many files there are, and Part how many bytes each contributes.
	Files int
	Part  int64

	next int
	file io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (s *Series) Read(p []byte) (int, error) {
	for s.left == 0 {
		if err := s.Close(); err != nil {
			return 0, err
		}
		if s.next == s.Files {
			return 0, io.EOF
		}
		f, err := s.Open(s.next)
		if err != nil {
			return 0, err
		}
		s.file, s.left = f, s.Part
		s.next++
	}
	n, err := s.file.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	if err == io.EOF {
		err = nil
		if s.left > 0 {
			err = fmt.Errorf("file %d of %d lacks %d of its %d bytes: %w", s.next, s.Files, s.left, s.Part, io.ErrUnexpectedEOF)
		}
	}
	return n, err
}

// Close closes the file that is open.
func (s *Series) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// Numbered is a file name with a number in it, as "slice%03d.raw 1 20 1" in a header: from 1 to 20 in
// steps of 1.
type Numbered struct {
	before, after string
	width         int
	from, step    int
	files         int
}

var numberVerb = regexp.MustCompile(`%(0?)([0-9]?)[di]`)

// ParseNumbered reads a name with a verb such as %d or %03d, and three numbers.
func ParseNumbered(name string, numbers []string) (Numbered, error) {
	at := numberVerb.FindStringSubmatchIndex(name)
	if at == nil || strings.Contains(name[:at[0]]+name[at[1]:], "%") || len(numbers) != 3 {
		return Numbered{}, fmt.Errorf("the name %q of the voxels' files is not of the form slice%%03d.raw FIRST LAST STEP", name)
	}
	n := Numbered{before: name[:at[0]], after: name[at[1]:]}
	n.width, _ = strconv.Atoi(name[at[4]:at[5]])
	var last int
	for i, into := range []*int{&n.from, &last, &n.step} {
		v, err := strconv.ParseInt(numbers[i], 10, 32)
		if err != nil {
			return n, fmt.Errorf("the numbers %v of the voxels' files are not whole", numbers)
		}
		*into = int(v)
	}
	if n.step == 0 || (last-n.from)/n.step < 0 {
		return n, fmt.Errorf("the numbers %v of the voxels' files lead nowhere", numbers)
	}
	n.files = (last-n.from)/n.step + 1
	return n, nil
}

// maxFiles is how many files one image may have its voxels in.
const maxFiles = 1 << 16

// Names returns the names of all files.
func (n Numbered) Names() ([]string, error) {
	if n.files > maxFiles {
		return nil, fmt.Errorf("%d files of voxels, at most %d are read", n.files, maxFiles)
	}
	names := make([]string, n.files)
	for i := range names {
		names[i] = fmt.Sprintf("%s%0*d%s", n.before, n.width, n.from+i*n.step, n.after)
	}
	return names, nil
}
