package nrrd

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/internal/voxels"
)

// header is what the text before the voxels says.
type header struct {
	dimension int
	sizes     []int64 // fastest first
	kinds     []string
	spacings  []string
	space     string
	spaceAxes int
	vectors   []string // space directions, "none" for an axis that is no place
	origin    string
	numbers   voxels.Type
	order     binary.ByteOrder
	encoding  encoding
	lineSkip  int64
	byteSkip  int64
	dataFile  string // "" for voxels behind the header
	list      []string
	listAxes  int // axes of one of several files, 0 if not said
}

type encoding int

const (
	raw encoding = iota + 1
	text
	hex
	gzipped
	bzipped
)

var encodings = map[string]encoding{
	"raw": raw, "txt": text, "text": text, "ascii": text, "hex": hex, "gz": gzipped, "gzip": gzipped, "bz2": bzipped, "bzip2": bzipped,
}

const (
	headerLimit = 1 << 20 // a list of file names may be long
	// maxAxes is teem's NRRD_DIM_MAX.
	maxAxes = 16
)

// typeOf returns the type of a name such as "unsigned short int", 0 if there is none.
func typeOf(name string) voxels.Type {
	switch strings.ToLower(name) {
	case "signed char", "int8", "int8_t":
		return voxels.Int8
	case "uchar", "unsigned char", "uint8", "uint8_t":
		return voxels.Uint8
	case "short", "short int", "signed short", "signed short int", "int16", "int16_t":
		return voxels.Int16
	case "ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t":
		return voxels.Uint16
	case "int", "signed int", "int32", "int32_t":
		return voxels.Int32
	case "uint", "unsigned int", "uint32", "uint32_t":
		return voxels.Uint32
	case "longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t":
		return voxels.Int64
	case "ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t":
		return voxels.Uint64
	case "float":
		return voxels.Float32
	case "double":
		return voxels.Float64
	}
	return 0
}

// readHeader reads the lines up to the empty one, or to the end of a detached header, and leaves r at
// the byte after it.
func readHeader(r *bufio.Reader) (*header, error) {
	first, err := readLine(r, 64)
	if err != nil || len(first) != len("NRRD000X") || !strings.HasPrefix(first, "NRRD000") {
		return nil, errors.New("not an NRRD file: it does not start with NRRD000")
	}
	if v := first[len(first)-1]; v < '1' || v > '5' {
		return nil, fmt.Errorf("an NRRD file of version %c, known are 1 to 5", v)
	}
	h := &header{}
	for read := 0; ; {
		line, err := readLine(r, headerLimit-read)
		read += len(line) + 1
		switch {
		case err == io.EOF && h.dataFile != "":
			return h, h.complete()
		case err == io.EOF:
			return nil, errors.New("the header is cut off: no empty line ends it, and it names no data file")
		case err != nil:
			return nil, err
		case line == "":
			return h, h.complete()
		case line[0] == '#' || isPair(line):
			continue
		}
		field, value, found := strings.Cut(line, ": ")
		if !found {
			return nil, fmt.Errorf("the line %.40q is not of the form FIELD: VALUE", line)
		}
		value = strings.TrimSpace(value)
		if err := h.set(strings.ToLower(field), value); err != nil {
			return nil, fmt.Errorf("%s: %.60s: %w", field, value, err)
		}
		if h.dataFile == "LIST" {
			return h, h.readList(r)
		}
	}
}

// isPair reports whether a line is KEY:=VALUE, which says nothing about voxels.
func isPair(line string) bool {
	pair, field := strings.Index(line, ":="), strings.Index(line, ": ")
	return pair >= 0 && (field < 0 || pair < field)
}

// readLine reads one line of at most limit bytes without its end.
func readLine(r *bufio.Reader, limit int) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > limit {
			return "", fmt.Errorf("not an NRRD file: its header is longer than %d bytes", headerLimit)
		}
		switch {
		case err == nil || err == io.EOF && len(line) > 0:
			return strings.TrimRight(string(line), "\r\n"), nil
		case err != bufio.ErrBufferFull:
			return "", err
		}
	}
}

// readList reads the file names after LIST, one a line, to the end of the header.
func (h *header) readList(r *bufio.Reader) error {
	for read := 0; ; {
		line, err := readLine(r, headerLimit-read)
		if err == io.EOF {
			return h.complete()
		}
		if err != nil {
			return err
		}
		if read += len(line) + 1; strings.TrimSpace(line) != "" {
			h.list = append(h.list, strings.TrimSpace(line))
		}
	}
}

// set takes one field in. Fields that do not matter for voxels are passed over.
func (h *header) set(field, value string) (err error) {
	switch field {
	case "type":
		if h.numbers = typeOf(value); h.numbers == 0 {
			return errors.New("voxels of this type are not read")
		}
	case "dimension":
		h.dimension, err = whole(value, 1, maxAxes)
	case "sizes":
		for _, f := range strings.Fields(value) {
			n, err := strconv.ParseInt(f, 10, 64)
			if err != nil {
				return errors.New("want whole numbers")
			}
			h.sizes = append(h.sizes, n)
		}
	case "kinds":
		h.kinds = strings.Fields(strings.ToLower(value))
	case "spacings":
		h.spacings = strings.Fields(value)
	case "space":
		h.space, h.spaceAxes = value, spaceAxes(value)
	case "space dimension":
		h.spaceAxes, err = whole(value, 1, 8)
	case "space directions":
		h.vectors, err = splitVectors(value)
	case "space origin":
		h.origin = value
	case "endian":
		switch strings.ToLower(value) {
		case "little":
			h.order = binary.LittleEndian
		case "big":
			h.order = binary.BigEndian
		default:
			return errors.New("want little or big")
		}
	case "encoding":
		if h.encoding = encodings[strings.ToLower(value)]; h.encoding == 0 {
			return errors.New("this encoding is not read")
		}
	case "line skip", "lineskip":
		h.lineSkip, err = skip(value, 0)
	case "byte skip", "byteskip":
		h.byteSkip, err = skip(value, -1)
	case "data file", "datafile":
		h.dataFile = value
		if fields := strings.Fields(value); len(fields) > 0 && fields[0] == "LIST" {
			h.dataFile = "LIST"
			if len(fields) > 1 {
				h.listAxes, err = whole(fields[1], 1, maxAxes)
			}
		}
	}
	return err
}

// spaceAxes returns the number of axes of a named space: right-up and right-down are planes, LPST and
// left-posterior-superior-time have time as well.
func spaceAxes(space string) int {
	lower := strings.ToLower(space)
	switch {
	case strings.HasPrefix(lower, "right-") && len(lower) <= len("right-down"):
		return 2
	case strings.HasSuffix(lower, "-time") || len(lower) == len("lpst"):
		return 4
	}
	return 3
}

func whole(value string, low, high int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("want a whole number from %d to %d", low, high)
	}
	return n, nil
}

func skip(value string, low int64) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil || n < low {
		return 0, fmt.Errorf("want a whole number of %d or more", low)
	}
	return n, nil
}

// complete checks what only the whole header shows.
func (h *header) complete() error {
	axes := len(h.sizes)
	switch {
	case axes == 0:
		return errors.New("the header has no sizes")
	case axes != h.dimension:
		return fmt.Errorf("the header has %d sizes for %d axes", axes, h.dimension)
	case h.numbers == 0:
		return errors.New("the header has no type")
	case h.encoding == 0:
		return errors.New("the header has no encoding")
	case h.order == nil && h.numbers.Bytes() > 1 && h.encoding != text:
		return errors.New("the header has no endian")
	case h.kinds != nil && len(h.kinds) != axes:
		return fmt.Errorf("the header has %d kinds for %d axes", len(h.kinds), axes)
	case h.spacings != nil && len(h.spacings) != axes:
		return fmt.Errorf("the header has %d spacings for %d axes", len(h.spacings), axes)
	case h.vectors != nil && len(h.vectors) != axes:
		return fmt.Errorf("the header has %d space directions for %d axes", len(h.vectors), axes)
	}
	if h.spaceAxes == 0 && h.vectors != nil { // against the rules, but clear
		for _, v := range h.vectors {
			h.spaceAxes = max(h.spaceAxes, min(4, strings.Count(v, ",")+1))
		}
	}
	_, err := voxels.Count(h.sizes...)
	return err
}
