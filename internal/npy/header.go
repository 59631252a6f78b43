package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// Header describes an array in a file.
type Header struct {
	// Dtype is NumPy's descriptor, for example <f4.
	Dtype string
	Shape []int
	// BigEndian says that the bytes of values run the other way than Dtype has it, and Fortran that the first axis
	// is the fastest. Only ReadForeign returns such a header.
	BigEndian, Fortran bool
	// Offset is the position of the first value in the file.
	Offset int
}

// widths are the element types that are read, with their size in bytes.
var widths = map[string]int{
	"<f2": 2, "<f4": 4, "<f8": 8, "|b1": 1, "|i1": 1, "|u1": 1,
	"<i2": 2, "<u2": 2, "<i4": 4, "<u4": 4, "<i8": 8, "<u8": 8,
}

const magic = "\x93NUMPY"

// headerLimit bounds what a header may claim; NumPy's own limit for untrusted files is the same.
const headerLimit = 10000

var (
	dtypeField = regexp.MustCompile(`'descr':\s*'([^']*)'`)
	shapeField = regexp.MustCompile(`'shape':\s*\(([^)]*)\)`)
	orderField = regexp.MustCompile(`'fortran_order':\s*(True|False)`)
)

// ReadHeader reads the header at the start of a .npy file, format versions 1 to 3, of an array in C order and
// little endian, as this program writes them.
func ReadHeader(r io.Reader) (Header, error) {
	h, err := ReadForeign(r)
	switch {
	case err != nil:
		return h, err
	case h.Fortran:
		return h, errors.New("the array is in Fortran order, want C order")
	case h.BigEndian:
		return h, errors.New("the array is big endian, want little endian")
	}
	return h, nil
}

// ReadForeign is ReadHeader for arrays of either order of axes and bytes.
func ReadForeign(r io.Reader) (Header, error) {
	var h Header
	start := make([]byte, 8)
	if _, err := io.ReadFull(r, start); err != nil || !bytes.HasPrefix(start, []byte(magic)) {
		return h, errors.New("not a .npy file")
	}
	width := 2
	if start[6] > 1 {
		width = 4
	}
	size := make([]byte, 4)
	if _, err := io.ReadFull(r, size[:width]); err != nil {
		return h, errors.New("the .npy header is cut off")
	}
	n := binary.LittleEndian.Uint32(size)
	if n > headerLimit {
		return h, fmt.Errorf("a .npy header of %d bytes", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return h, errors.New("the .npy header is cut off")
	}
	h.Offset = 8 + width + int(n)
	return h, h.parse(text)
}

func (h *Header) parse(text []byte) error {
	dtype, shape, order := dtypeField.FindSubmatch(text), shapeField.FindSubmatch(text), orderField.FindSubmatch(text)
	if dtype == nil || shape == nil || order == nil {
		return fmt.Errorf("the .npy header %q is not that of a plain array", text)
	}
	h.Dtype, h.Fortran = string(dtype[1]), string(order[1]) == "True"
	if rest, big := strings.CutPrefix(h.Dtype, ">"); big {
		h.Dtype, h.BigEndian = "<"+rest, true
	}
	if widths[h.Dtype] == 0 {
		return fmt.Errorf("values of type %q are not read; save the array as float32", h.Dtype)
	}
	for _, field := range strings.Split(string(shape[1]), ",") {
		if field = strings.TrimSpace(field); field == "" {
			continue
		}
		n, err := strconv.Atoi(field)
		if err != nil || n < 0 {
			return fmt.Errorf("the .npy shape (%s) makes no sense", shape[1])
		}
		h.Shape = append(h.Shape, n)
	}
	return nil
}

// Width returns the size of an element in bytes.
func (h *Header) Width() int { return widths[h.Dtype] }

// Elements returns the number of elements, or an error when it is larger than limit.
func (h *Header) Elements(limit int) (int, error) {
	n := 1
	for _, d := range h.Shape {
		if d > 0 && n > limit/d {
			return 0, fmt.Errorf("an array of shape %v needs more values than the %d there are", h.Shape, limit)
		}
		n *= d
	}
	return n, nil
}

// AppendHeader appends the header of a C-ordered array, padded as NumPy does so that the values start
// at a multiple of 64 bytes.
func AppendHeader(b []byte, dtype string, shape []int) []byte {
	fields := make([]string, len(shape))
	for i, d := range shape {
		fields[i] = strconv.Itoa(d)
	}
	tuple := strings.Join(fields, ", ")
	if len(shape) == 1 {
		tuple += ","
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", dtype, tuple)
	padding := (64 - (10+len(text)+1)%64) % 64
	text += strings.Repeat(" ", padding) + "\n"
	b = append(b, magic+"\x01\x00"...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	return append(b, text...)
}
