package tiff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// file is a TIFF file with what its first bytes say.
type file struct {
	io.ReaderAt
	size  int64
	order binary.ByteOrder
	big   bool // BigTIFF: 64-bit offsets
	first int64
}

const (
	headerBytes = 16
	// maxPages bounds the chain of pages; each takes tens of bytes, so an honest file never reaches it.
	maxPages = 1 << 20
	// maxEntries is what 16 bits count; BigTIFF could claim more.
	maxEntries = 1<<16 - 1
)

// open reads the header of a file.
func open(r io.ReaderAt, size int64) (*file, error) {
	f := &file{ReaderAt: r, size: size}
	head := make([]byte, headerBytes)
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case n >= 8 && head[0] == 'I' && head[1] == 'I':
		f.order = binary.LittleEndian
	case n >= 8 && head[0] == 'M' && head[1] == 'M':
		f.order = binary.BigEndian
	default:
		return nil, fmt.Errorf("not a TIFF file: it starts with % x, want II or MM", head[:min(4, n)])
	}
	switch magic := f.order.Uint16(head[2:]); {
	case magic == 42:
		f.first = int64(f.order.Uint32(head[4:]))
	case magic == 43 && n == headerBytes && f.order.Uint16(head[4:]) == 8:
		f.big, f.first = true, int64(f.order.Uint64(head[8:]))
	default:
		return nil, fmt.Errorf("not a TIFF file: its number is %d, want 42 or 43", magic)
	}
	return f, nil
}

// bytes reads a part of the file, which it must have.
func (f *file) bytes(at, n int64) ([]byte, error) {
	if at < 0 || n < 0 || at > f.size-n {
		return nil, fmt.Errorf("the file is truncated or damaged: it points to bytes %d to %d of %d", at, at+n, f.size)
	}
	raw := make([]byte, n)
	if _, err := f.ReadAt(raw, at); err != nil && err != io.EOF {
		return nil, err
	}
	return raw, nil
}

// entry is one field of a page.
type entry struct {
	kind  uint16
	count int64
	value []byte // the value, or where it is
}

// directory is the fields of a page.
type directory map[uint16]entry

// kinds are the types of fields with their sizes in bytes: unsigned numbers and text are all that is read.
var kinds = map[uint16]int64{1: 1, 2: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8}

// directories reads the fields of all pages.
func (f *file) directories() ([]directory, error) {
	var all []directory
	seen := map[int64]bool{}
	for at := f.first; at != 0; {
		if seen[at] || len(all) == maxPages {
			return nil, errors.New("the chain of pages has no end: the file is damaged")
		}
		seen[at] = true
		d, next, err := f.directory(at)
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", len(all), err)
		}
		all, at = append(all, d), next
	}
	if len(all) == 0 {
		return nil, errors.New("the file has no page")
	}
	return all, nil
}

// directory reads the fields of one page and where the next page is.
func (f *file) directory(at int64) (directory, int64, error) {
	counter, width, offset := int64(2), int64(12), int64(4)
	if f.big {
		counter, width, offset = 8, 20, 8
	}
	raw, err := f.bytes(at, counter)
	if err != nil {
		return nil, 0, err
	}
	n := f.number(raw, counter)
	if n < 1 || n > maxEntries {
		return nil, 0, fmt.Errorf("%d fields: the file is damaged", n)
	}
	if raw, err = f.bytes(at+counter, n*width+offset); err != nil {
		return nil, 0, err
	}
	d := directory{}
	for i := range n {
		e := raw[i*width : (i+1)*width]
		d[f.order.Uint16(e)] = entry{kind: f.order.Uint16(e[2:]), count: f.number(e[4:], offset), value: e[4+offset:]}
	}
	return d, f.number(raw[n*width:], offset), nil
}

// number reads an unsigned number of 1, 2, 4 or 8 bytes; one beyond int64 comes out negative.
func (f *file) number(raw []byte, width int64) int64 {
	switch width {
	case 1:
		return int64(raw[0])
	case 2:
		return int64(f.order.Uint16(raw))
	case 4:
		return int64(f.order.Uint32(raw))
	}
	return int64(f.order.Uint64(raw))
}

// content returns the bytes of the first values of a field, at most limit of them.
func (f *file) content(e entry, limit int64) ([]byte, error) {
	width := kinds[e.kind]
	if width == 0 {
		return nil, fmt.Errorf("field type %d, want a whole number", e.kind)
	}
	if e.count < 0 || e.count > f.size {
		return nil, fmt.Errorf("%d values: the file is damaged", e.count)
	}
	n := min(e.count, limit) * width
	if e.count*width > int64(len(e.value)) { // the values do not fit into the field, which says where they are
		return f.bytes(f.number(e.value, int64(len(e.value))), n)
	}
	return e.value[:n], nil
}

// numbers reads all values of a field, nil if the page does not have it.
func (f *file) numbers(d directory, tag uint16) ([]int64, error) {
	return f.firstNumbers(d, tag, math.MaxInt64)
}

func (f *file) firstNumbers(d directory, tag uint16, limit int64) ([]int64, error) {
	e, ok := d[tag]
	if !ok {
		return nil, nil
	}
	raw, err := f.content(e, limit)
	if err != nil {
		return nil, fmt.Errorf("field %d: %w", tag, err)
	}
	width := kinds[e.kind]
	values := make([]int64, min(e.count, limit))
	for i := range values {
		values[i] = f.number(raw[int64(i)*width:], width)
	}
	return values, nil
}

// value reads the only, or the first, value of a field.
func (f *file) value(d directory, tag uint16, missing int64) (int64, error) {
	values, err := f.firstNumbers(d, tag, 1)
	if err != nil || len(values) == 0 {
		return missing, err
	}
	return values[0], nil
}

// descriptionLimit bounds the text that is looked at; OME's may be megabytes long.
const descriptionLimit = 1 << 16

// text reads the beginning of a field of text, "" if the page does not have it.
func (f *file) text(d directory, tag uint16) string {
	e, ok := d[tag]
	if !ok || kinds[e.kind] != 1 {
		return ""
	}
	raw, err := f.content(e, descriptionLimit)
	if err != nil {
		return ""
	}
	return string(raw)
}
