package dataset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// npyHeader describes a .npy file. The store has its own reader because npyio handles at most two
// dimensions and does not say where the values begin, which a memory map needs.
type npyHeader struct {
	dtype  string // numpy's descriptor, for example <f4
	shape  []int
	offset int // of the first value in the file
}

var (
	npyMagic = []byte("\x93NUMPY")
	npyDtype = regexp.MustCompile(`'descr':\s*'([^']*)'`)
	npyShape = regexp.MustCompile(`'shape':\s*\(([^)]*)\)`)
	npyOrder = regexp.MustCompile(`'fortran_order':\s*False`)
	npyWidth = map[string]int{"<f4": 4, "<i4": 4, "<i2": 2, "|i1": 1}
)

// maxNpyHeader bounds what a header may claim; numpy's own limit for untrusted files is the same.
const maxNpyHeader = 10000

// readNpyHeader reads the header at the start of a .npy file, format versions 1 and 2.
func readNpyHeader(r io.Reader) (npyHeader, error) {
	var h npyHeader
	start := make([]byte, 8)
	if _, err := io.ReadFull(r, start); err != nil || !bytes.HasPrefix(start, npyMagic) {
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
	if n > maxNpyHeader {
		return h, fmt.Errorf("a .npy header of %d bytes", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return h, errors.New("the .npy header is cut off")
	}
	h.offset = 8 + width + int(n)
	return h, h.parse(text)
}

func (h *npyHeader) parse(text []byte) error {
	dtype, shape := npyDtype.FindSubmatch(text), npyShape.FindSubmatch(text)
	if dtype == nil || shape == nil || !npyOrder.Match(text) {
		return fmt.Errorf("the .npy header %q is not a C-ordered array", text)
	}
	h.dtype = string(dtype[1])
	if npyWidth[h.dtype] == 0 {
		return fmt.Errorf("values of type %q, want float32, int32, int16 or int8", h.dtype)
	}
	for _, field := range strings.Split(string(shape[1]), ",") {
		if field = strings.TrimSpace(field); field == "" {
			continue
		}
		n, err := strconv.Atoi(field)
		if err != nil || n < 0 {
			return fmt.Errorf("the .npy shape (%s) makes no sense", shape[1])
		}
		h.shape = append(h.shape, n)
	}
	return nil
}

// bytes returns the size of the values.
func (h *npyHeader) bytes() (int, error) {
	n, err := count(h.shape)
	if err != nil || n > math.MaxInt/8 {
		return 0, fmt.Errorf("the .npy shape %v makes no sense", h.shape)
	}
	return n * npyWidth[h.dtype], nil
}

// count multiplies the sizes of all axes.
func count(shape []int) (int, error) {
	n := 1
	for _, s := range shape {
		if s < 0 || s > 0 && n > math.MaxInt/s {
			return 0, fmt.Errorf("shape %v makes no sense", shape)
		}
		n *= s
	}
	return n, nil
}

// writeNpyHeader writes a header whose size is a multiple of 64 bytes, so that mapped values are
// aligned.
func writeNpyHeader(w io.Writer, dtype string, shape []int) error {
	sizes := make([]string, len(shape))
	for i, s := range shape {
		sizes[i] = strconv.Itoa(s) + ","
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", dtype, strings.Join(sizes, " "))
	total := (10 + len(text) + 1 + 63) / 64 * 64
	head := slices.Concat(npyMagic, []byte{1, 0}, binary.LittleEndian.AppendUint16(nil, uint16(total-10)))
	head = append(head, text...)
	for len(head) < total-1 {
		head = append(head, ' ')
	}
	_, err := w.Write(append(head, '\n'))
	return err
}

func writeFloats(w io.Writer, shape []int, data []float32) error {
	return writeValues(w, "<f4", shape, data, func(b []byte, v float32) []byte {
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	})
}

// writeLabels writes int8 where all values fit and int16 otherwise, as nnU-Net chooses.
func writeLabels(w io.Writer, shape []int, labels []int16) error {
	if len(labels) == 0 || slices.Max(labels) <= math.MaxInt8 && slices.Min(labels) >= math.MinInt8 {
		return writeValues(w, "|i1", shape, labels, func(b []byte, v int16) []byte { return append(b, byte(v)) })
	}
	return writeValues(w, "<i2", shape, labels, func(b []byte, v int16) []byte {
		return binary.LittleEndian.AppendUint16(b, uint16(v))
	})
}

func writeValues[T any](w io.Writer, dtype string, shape []int, values []T, encode func([]byte, T) []byte) error {
	if err := writeNpyHeader(w, dtype, shape); err != nil {
		return err
	}
	buffer := make([]byte, 0, 1<<16)
	for chunk := range slices.Chunk(values, 1<<13) {
		buffer = buffer[:0]
		for _, v := range chunk {
			buffer = encode(buffer, v)
		}
		if _, err := w.Write(buffer); err != nil {
			return err
		}
	}
	return nil
}
