package voxels

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// How many bytes one stored byte can become at most.
const (
	// Unbounded is the expansion of a compression without a known limit.
	Unbounded = 0
	// Raw is the expansion of bytes as they are.
	Raw = 1
	// Deflate is the largest expansion of gzip and zlib: a match of 258 bytes takes at least two bits.
	Deflate = 1032
)

// Source is a stream of numbers.
type Source struct {
	// Reader yields the numbers, decompressed.
	Reader io.Reader
	Type   Type
	// Order is the byte order; it does not matter for text.
	Order binary.ByteOrder
	// Count is how many numbers there are, see Count.
	Count int64
	// Stored is the size in bytes of what the numbers are stored in, 0 if it is not known.
	Stored int64
	// Expansion is how many bytes Reader can yield per stored byte.
	Expansion int64
	// Text says that numbers are written in digits, separated by white space or commas.
	Text bool
}

// Count multiplies sizes and refuses products that no computer holds, and sizes below 1.
func Count(sizes ...int64) (int64, error) {
	total := int64(1)
	for _, n := range sizes {
		if n < 1 {
			return 0, fmt.Errorf("sizes %v: %d voxels along an axis, want at least 1", sizes, n)
		}
		if n > math.MaxInt64/64/total {
			return 0, fmt.Errorf("sizes %v are more voxels than any computer holds", sizes)
		}
		total *= n
	}
	return total, nil
}

// chunkBytes is how much is converted at a time.
const chunkBytes = 1 << 18

// Float32 reads all numbers.
func (s Source) Float32() ([]float32, error) {
	if err := s.possible(); err != nil {
		return nil, err
	}
	data := Allocate(s.capacity())
	err := s.stream(func(values []float32) error { data = append(data, values...); return nil })
	return data, err
}

// Labels reads all numbers as label values of a segmentation of the given shape (z, y, x). The error of
// a number that is no label is a *LabelError.
func (s Source) Labels(shape [3]int) ([]uint16, error) {
	if err := s.possible(); err != nil {
		return nil, err
	}
	labels := make([]uint16, 0, s.capacity())
	err := s.stream(func(values []float32) (err error) {
		labels, err = AppendLabels(labels, values, shape)
		return err
	})
	return labels, err
}

// possible compares what the header promises with what the file can hold.
func (s Source) possible() error {
	if s.Type.Bytes() == 0 {
		return fmt.Errorf("%v is no type of numbers", s.Type)
	}
	if s.Stored <= 0 || s.Expansion == Unbounded {
		return nil
	}
	need := s.Count * int64(s.Type.Bytes())
	if s.Text { // a digit each, and a separator between them
		need = 2*s.Count - 1
	}
	if s.Stored < math.MaxInt64/s.Expansion && need > s.Stored*s.Expansion {
		return fmt.Errorf("the header promises %d voxel values (%d bytes or more), the file has %d bytes: it is truncated or damaged", s.Count, need, s.Stored)
	}
	return nil
}

// likely is the ratio up to which a compressed file is given all its memory at once. Images stay far
// below it; a bomb, which claims more, has to deliver before memory grows.
const likely = 50

// capacity returns how many numbers to allocate at once.
func (s Source) capacity() int {
	if s.Stored > 0 && s.Expansion != Unbounded && s.Count*int64(s.Type.Bytes())/likely <= s.Stored {
		return int(s.Count)
	}
	return int(min(s.Count, 1<<16))
}

// stream converts the numbers chunk by chunk and hands them to use.
func (s Source) stream(use func([]float32) error) error {
	if s.Text {
		return s.text(use)
	}
	width := s.Type.Bytes()
	perChunk := int64(chunkBytes / width)
	raw, values := make([]byte, min(perChunk, s.Count)*int64(width)), make([]float32, min(perChunk, s.Count))
	for done := int64(0); done < s.Count; {
		n := int(min(perChunk, s.Count-done))
		if got, err := io.ReadFull(s.Reader, raw[:n*width]); err != nil {
			return s.cutOff(done+int64(got/width), err)
		}
		if s.Order == binary.BigEndian {
			Swap(raw[:n*width], width)
		}
		Widen(values[:n], raw, s.Type)
		if err := use(values[:n]); err != nil {
			return err
		}
		done += int64(n)
	}
	return s.ended()
}

// ended reads the end of a compressed stream, where its checksum is tested. Bytes after the voxels are
// allowed.
func (s Source) ended() error {
	if _, err := s.Reader.Read(make([]byte, 1)); err != nil && err != io.EOF {
		return fmt.Errorf("the file is damaged or truncated at its very end: %w", err)
	}
	return nil
}

func (s Source) cutOff(done int64, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("the file is truncated: %d of %d voxel values are there", done, s.Count)
	}
	return fmt.Errorf("the file is damaged after %d of %d voxel values: %w", done, s.Count, err)
}
