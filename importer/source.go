package importer

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/autoseg/autoseg/internal/fault"
)

// maxInner bounds the archives that are read into memory because they lie in another archive.
const maxInner = 2 << 30

// Source is the folder of a published dataset: its files and those of the zip archives in it, as if these were
// unpacked where they lie. It opens nothing outside the folder.
type Source struct {
	dir      string
	root     *os.Root
	files    []string          // logical names, with slashes, sorted
	entries  map[string]*entry // by logical name
	archives []io.Closer
}

// entry is where the bytes of a file are.
type entry struct {
	disk    string    // name in the folder, or ""
	packed  *zip.File // in an archive, or nil
	outside error     // why the file is refused
}

// OpenSource lists a folder, or a zip archive.
func OpenSource(dir string) (*Source, error) {
	about, err := os.Stat(dir)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("open source: %w", err))
	}
	s := &Source{dir: dir, entries: map[string]*entry{}}
	only := ""
	if !about.IsDir() {
		s.dir, only = filepath.Split(dir)
		if s.dir == "" {
			s.dir = "."
		}
		if !isZip(only) {
			return nil, fault.Input(fmt.Errorf("open source: %s is neither a folder nor a zip archive", dir))
		}
	}
	if s.root, err = os.OpenRoot(s.dir); err != nil {
		return nil, fault.Input(fmt.Errorf("open source: %w", err))
	}
	if only != "" {
		err = s.addFile(only)
	} else {
		err = fs.WalkDir(s.root.FS(), ".", s.visit)
	}
	if err != nil {
		s.Close()
		return nil, fault.Input(fmt.Errorf("open source %s: %w", dir, err))
	}
	sort.Strings(s.files)
	return s, nil
}

// Close closes the folder and its archives.
func (s *Source) Close() error {
	errs := []error{s.root.Close()}
	for _, a := range s.archives {
		errs = append(errs, a.Close())
	}
	return errors.Join(errs...)
}

func isZip(name string) bool { return strings.EqualFold(path.Ext(name), ".zip") }

func (s *Source) visit(name string, d fs.DirEntry, err error) error {
	switch {
	case err != nil:
		return err
	case name != "." && strings.HasPrefix(d.Name(), "."), d.Name() == "__MACOSX": // what systems leave behind
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
	case d.Type()&fs.ModeSymlink != 0:
		return s.addLink(name)
	case d.Type().IsRegular():
		return s.addFile(name)
	}
	return nil
}

// addLink lists a link to a file within the folder. A link that leads out is remembered, so that whoever asks
// for the file is told. A link to a folder is followed by nobody.
func (s *Source) addLink(name string) error {
	about, err := s.root.Stat(name)
	if err == nil && about.Mode().IsRegular() {
		return s.addFile(name)
	}
	if err != nil {
		s.add(name, &entry{outside: fmt.Errorf("%s is a symbolic link that leads out of the dataset folder or nowhere; copy what it stands for into the folder", name)})
	}
	return nil
}

func (s *Source) addFile(name string) error {
	s.add(name, &entry{disk: name})
	if !isZip(name) {
		return nil
	}
	f, err := s.root.Open(name)
	if err != nil {
		return err
	}
	s.archives = append(s.archives, f)
	about, err := f.Stat()
	if err != nil {
		return err
	}
	return s.addArchive(archive{name, f, about.Size(), 0})
}

// archive is a zip file; depth counts the archives that it lies in.
type archive struct {
	name  string
	bytes io.ReaderAt
	size  int64
	depth int
}

// addArchive lists the files of an archive as lying in its folder.
func (s *Source) addArchive(a archive) error {
	name := a.name
	packed, err := zip.NewReader(a.bytes, a.size)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, f := range packed.File {
		inner := strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "./")
		if f.FileInfo().IsDir() || strings.HasSuffix(inner, "/") {
			continue
		}
		if !fs.ValidPath(inner) {
			return fmt.Errorf("%s: the archive holds a file named %q, which leads out of it", name, f.Name)
		}
		if strings.HasPrefix(path.Base(inner), ".") || strings.HasPrefix(inner, "__MACOSX/") {
			continue
		}
		inner = path.Join(path.Dir(name), inner)
		s.add(inner, &entry{packed: f})
		if isZip(inner) && a.depth == 0 {
			if err := s.addInner(inner, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// addInner lists an archive within an archive, one level deep.
func (s *Source) addInner(name string, f *zip.File) error {
	if f.UncompressedSize64 > maxInner {
		return fmt.Errorf("%s: an archive of %d bytes within an archive is too large; unpack the outer one", name, f.UncompressedSize64)
	}
	data, err := readPacked(f, maxInner)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return s.addArchive(archive{name, bytes.NewReader(data), int64(len(data)), 1})
}

func readPacked(f *zip.File, limit int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return data, err
}

// add lists a file; a file on disk wins over one in an archive, so that half unpacked archives do no harm.
func (s *Source) add(name string, e *entry) {
	old, there := s.entries[name]
	if !there {
		s.files = append(s.files, name)
	}
	if !there || old.packed != nil && e.packed == nil {
		s.entries[name] = e
	}
}

// Inside returns the name of a file that a list of the dataset names, as "./imagesTr/a.nii.gz", and refuses
// names that lead out of the folder. The list lies in the folder base.
func (s *Source) Inside(base, name string) (string, error) {
	clean := strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "./")
	if !filepath.IsLocal(filepath.FromSlash(clean)) || strings.HasPrefix(clean, "/") || slices.Contains(strings.Split(clean, "/"), "..") {
		return "", fmt.Errorf("the file list names %q, which leads out of the dataset folder", name)
	}
	full := path.Join(base, clean)
	if e := s.entries[full]; e != nil && e.outside != nil {
		return "", e.outside
	}
	return full, nil
}

// Open opens a file by its logical name. Source is an fs.FS.
func (s *Source) Open(name string) (fs.File, error) {
	e := s.entries[name]
	switch {
	case e == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case e.outside != nil:
		return nil, e.outside
	case e.packed == nil:
		return s.root.Open(e.disk)
	}
	r, err := e.packed.Open()
	if err != nil {
		return nil, err
	}
	return packedFile{r, e.packed.FileInfo()}, nil
}

// packedFile is an open file of an archive.
type packedFile struct {
	io.ReadCloser
	about fs.FileInfo
}

// Stat returns the size and time that the archive's directory states.
func (f packedFile) Stat() (fs.FileInfo, error) { return f.about, nil }

// ReadFile returns the content of a file of at most limit bytes.
func (s *Source) ReadFile(name string, limit int64) ([]byte, error) {
	f, err := s.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s has more than %d bytes", name, limit)
	}
	return data, err
}
