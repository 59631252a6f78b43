package weights

import (
	"archive/zip"
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// archive is the zip container of a PyTorch checkpoint (nnunet-model.md 2.1).
type archive struct {
	files map[string]*zip.File // by the path behind the root folder
}

// openArchive checks the container before anything in it is read: members are stored without
// compression as torch.save does (so there is no zip bomb), lie inside the archive's own folder, and
// do not overlap.
func openArchive(r io.ReaderAt, size int64) (*archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("not a PyTorch zip checkpoint: %w", err)
	}
	a := &archive{files: map[string]*zip.File{}}
	for _, f := range z.File {
		if err := checkMember(f, size); err != nil {
			return nil, fmt.Errorf("member %q: %w", f.Name, err)
		}
		if _, inside, ok := strings.Cut(f.Name, "/"); ok {
			if a.files[inside] != nil {
				return nil, fmt.Errorf("member %q appears twice", f.Name)
			}
			a.files[inside] = f
		}
	}
	if a.files["constants.pkl"] != nil {
		return nil, fmt.Errorf("a TorchScript archive, which holds code; save the state dict instead")
	}
	return a, checkOverlap(z.File)
}

func checkMember(f *zip.File, size int64) error {
	if path.IsAbs(f.Name) || strings.Contains(f.Name, "\\") || slices.Contains(strings.Split(f.Name, "/"), "..") {
		return fmt.Errorf("its path leaves the archive")
	}
	if f.Flags&1 != 0 {
		return fmt.Errorf("it is encrypted")
	}
	if f.Method != zip.Store {
		return fmt.Errorf("it is compressed; torch.save stores without compression")
	}
	if f.UncompressedSize64 != f.CompressedSize64 || f.UncompressedSize64 > uint64(size) {
		return fmt.Errorf("it claims %d bytes in a file of %d", f.UncompressedSize64, size)
	}
	return nil
}

func checkOverlap(files []*zip.File) error {
	type span struct {
		name       string
		start, end int64
	}
	var spans []span
	for _, f := range files {
		at, err := f.DataOffset()
		if err != nil {
			return fmt.Errorf("member %q: %w", f.Name, err)
		}
		spans = append(spans, span{f.Name, at, at + int64(f.CompressedSize64)})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(spans); i++ {
		if spans[i].start < spans[i-1].end {
			return fmt.Errorf("members %q and %q overlap", spans[i-1].name, spans[i].name)
		}
	}
	return nil
}

// read returns the bytes of a member; the container's checksum is verified on the way.
func (a *archive) read(name string) ([]byte, error) {
	f := a.files[name]
	if f == nil {
		return nil, fmt.Errorf("member %q is missing", name)
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	raw := make([]byte, f.UncompressedSize64)
	if _, err := io.ReadFull(in, raw); err != nil {
		return nil, fmt.Errorf("member %q: %w", name, err)
	}
	if n, err := in.Read(make([]byte, 1)); n != 0 || (err != nil && err != io.EOF) {
		return nil, fmt.Errorf("member %q: %w", name, err)
	}
	return raw, nil
}
