package npy

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/autoseg/autoseg/internal/atomicfile"
)

// Entry is a named array of an archive.
type Entry struct {
	Name string
	Array
}

// expansionLimit bounds how much larger an archive may become when unpacked: deflate cannot exceed
// about 1000 times, and an honest array stays far below.
const expansionLimit = 200

// ReadArchive reads every array of a .npz file in the order of the file.
func ReadArchive(path string) ([]Entry, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer z.Close()
	var entries []Entry
	for _, f := range z.File {
		a, err := readMember(f)
		if err != nil {
			return nil, fmt.Errorf("%s, array %s: %w", path, f.Name, err)
		}
		entries = append(entries, Entry{strings.TrimSuffix(f.Name, ".npy"), a})
	}
	return entries, nil
}

func readMember(f *zip.File) (Array, error) {
	if f.UncompressedSize64 > expansionLimit*f.CompressedSize64+1<<20 {
		return Array{}, fmt.Errorf("%d bytes that unpack to %d", f.CompressedSize64, f.UncompressedSize64)
	}
	in, err := f.Open()
	if err != nil {
		return Array{}, err
	}
	defer in.Close()
	raw, err := io.ReadAll(io.LimitReader(in, int64(f.UncompressedSize64)))
	if err != nil {
		return Array{}, err
	}
	return Decode(raw)
}

// WriteArchive writes float32 arrays to a .npz file, without compression, by temporary file and
// rename. Equal arguments give equal bytes.
func WriteArchive(path string, entries []Entry) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		z := zip.NewWriter(w)
		for _, e := range entries {
			member, err := z.CreateHeader(&zip.FileHeader{Name: e.Name + ".npy", Method: zip.Store, Modified: time.Time{}})
			if err != nil {
				return err
			}
			if err := Encode(member, e.Shape, e.Float32()); err != nil {
				return err
			}
		}
		return z.Close()
	})
}

// WriteCompressed writes a single float32 array to a .npz file, compressed, by temporary file and
// rename.
func WriteCompressed(path, name string, shape []int, data []float32) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		z := zip.NewWriter(w)
		member, err := z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Deflate, Modified: time.Time{}})
		if err != nil {
			return err
		}
		if err := Encode(member, shape, data); err != nil {
			return err
		}
		return z.Close()
	})
}
