package mha

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
	sizes      []int64 // x, y, z, t
	spacing    []float64
	offset     []float64
	matrix     []float64 // row i is the direction of axis i
	components int64
	elements   voxels.Type
	order      binary.ByteOrder
	text       bool
	compressed bool
	packed     int64 // bytes of compressed voxels, 0 if not said
	skip       int64 // bytes before the voxels; -1: the voxels are the end of the file
	slope      float64
	intercept  float64
	dataFile   string
	list       []string // names after LIST
	listAxes   int      // axes of one listed file, 0 if not said
}

const (
	headerLimit = 1 << 20 // a list of file names may be long
	maxAxes     = 4
)

// local says that voxels follow the header.
const local = "LOCAL"

var elementTypes = map[string]voxels.Type{
	"MET_ASCII_CHAR": voxels.Int8, "MET_CHAR": voxels.Int8, "MET_UCHAR": voxels.Uint8,
	"MET_SHORT": voxels.Int16, "MET_USHORT": voxels.Uint16, "MET_INT": voxels.Int32, "MET_UINT": voxels.Uint32,
	"MET_LONG": voxels.Int32, "MET_ULONG": voxels.Uint32, "MET_LONG_LONG": voxels.Int64, "MET_ULONG_LONG": voxels.Uint64,
	"MET_FLOAT": voxels.Float32, "MET_DOUBLE": voxels.Float64,
}

// readHeader reads the lines up to ElementDataFile, which is always the last, and leaves r at the
// byte after it.
func readHeader(r *bufio.Reader) (*header, error) {
	h := &header{components: 1, order: binary.LittleEndian, slope: 1}
	for read := 0; ; {
		line, err := readLine(r, headerLimit-read)
		if err != nil {
			return nil, err
		}
		read += len(line) + 1
		key, value, found := strings.Cut(line, "=")
		if !found {
			if strings.TrimSpace(line) == "" && read > 1 {
				continue
			}
			return nil, fmt.Errorf("not a MetaImage file: the line %.40q is not of the form KEY = VALUE", line)
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if err := h.set(key, value); err != nil {
			return nil, fmt.Errorf("%s = %.60s: %w", key, value, err)
		}
		if key == "ElementDataFile" {
			if fields := strings.Fields(value); len(fields) > 0 && fields[0] == "LIST" {
				return h, h.readList(r, fields[1:])
			}
			return h, h.complete()
		}
	}
}

// readLine reads one line of at most limit bytes without its end.
func readLine(r *bufio.Reader, limit int) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > limit {
			return "", fmt.Errorf("not a MetaImage file: no ElementDataFile within %d bytes", headerLimit)
		}
		switch {
		case err == nil || err == io.EOF && len(line) > 0:
			return strings.TrimRight(string(line), "\r\n"), nil
		case err == io.EOF:
			return "", errors.New("not a MetaImage file, or cut off: there is no line ElementDataFile")
		case err != bufio.ErrBufferFull:
			return "", err
		}
	}
}

// readList reads the file names after LIST, one a line.
func (h *header) readList(r *bufio.Reader, fields []string) error {
	if len(fields) > 0 {
		n, err := strconv.Atoi(fields[0])
		if err != nil || n < 1 || n > maxAxes {
			return fmt.Errorf("ElementDataFile = LIST %.20s: want the number of axes of one file", fields[0])
		}
		h.listAxes = n
	}
	read := 0
	for {
		line, err := readLine(r, headerLimit-read)
		if err != nil && read > 0 {
			break // the end
		} else if err != nil {
			return errors.New("ElementDataFile = LIST, but no file is listed")
		}
		if read += len(line) + 1; strings.TrimSpace(line) != "" {
			h.list = append(h.list, strings.TrimSpace(line))
		}
	}
	return h.complete()
}

// set takes one field in. Fields that do not matter for voxels are passed over.
func (h *header) set(key, value string) (err error) {
	switch key {
	case "ObjectType":
		if value != "Image" {
			return errors.New("want Image")
		}
	case "NDims":
		if n, err := strconv.Atoi(value); err != nil || n < 2 || n > maxAxes {
			return errors.New("want 2, 3 or 4 axes")
		}
	case "DimSize":
		h.sizes, err = integers(value)
	case "ElementSpacing":
		h.spacing, err = reals(value)
	case "ElementSize":
		if h.spacing == nil { // only without ElementSpacing
			h.spacing, err = reals(value)
		}
	case "Offset", "Position", "Origin":
		h.offset, err = reals(value)
	case "TransformMatrix", "Rotation", "Orientation":
		h.matrix, err = reals(value)
	case "ElementNumberOfChannels":
		h.components, err = integer(value)
	case "ElementType":
		h.elements = elementTypes[strings.TrimSuffix(value, "_ARRAY")]
		if h.elements == 0 {
			return errors.New("elements of this type are not read")
		}
	case "BinaryDataByteOrderMSB", "ElementByteOrderMSB":
		h.order = binary.LittleEndian
		if truth(value) {
			h.order = binary.BigEndian
		}
	case "BinaryData":
		h.text = !truth(value)
	case "CompressedData":
		h.compressed = truth(value)
	case "CompressedDataSize":
		h.packed, err = integer(value)
	case "HeaderSize":
		h.skip, err = integer(value)
	case "ElementToIntensityFunctionSlope":
		h.slope, err = strconv.ParseFloat(value, 64)
	case "ElementToIntensityFunctionOffset":
		h.intercept, err = strconv.ParseFloat(value, 64)
	case "ElementDataFile":
		h.dataFile = value
	}
	return err
}

// complete checks what only the whole header shows.
func (h *header) complete() error {
	switch {
	case h.sizes == nil:
		return errors.New("the header has no DimSize")
	case len(h.sizes) < 2 || len(h.sizes) > maxAxes:
		return fmt.Errorf("the header has %d axes, want 2, 3 or 4", len(h.sizes))
	case h.elements == 0:
		return errors.New("the header has no ElementType")
	case h.components > 1 && len(h.sizes) > 3:
		return fmt.Errorf("four axes and %d components per voxel; only one of them can be the channels", h.components)
	case h.skip < -1:
		return fmt.Errorf("HeaderSize = %d, want the bytes before the voxels, or -1", h.skip)
	case h.packed < 0:
		return fmt.Errorf("CompressedDataSize = %d, want a number of bytes", h.packed)
	case h.dataFile == "":
		return errors.New("ElementDataFile names no file")
	case h.slope != 1 || h.intercept != 0:
		// ITK passes these over and other programs do not, so the true values are not known.
		return fmt.Errorf("ElementToIntensityFunction is %g x + %g, which programs read differently; apply it and write the file again", h.slope, h.intercept)
	}
	_, err := h.count()
	return err
}

// count returns the number of values of the whole image.
func (h *header) count() (int64, error) {
	return voxels.Count(append([]int64{h.components}, h.sizes...)...)
}

func truth(value string) bool { return value != "" && strings.ContainsAny(value[:1], "TtYy1") }

func integer(value string) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, errors.New("want a whole number")
	}
	return n, nil
}

func integers(value string) ([]int64, error) {
	var all []int64
	for _, f := range strings.Fields(value) {
		n, err := integer(f)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

func reals(value string) ([]float64, error) {
	var all []float64
	for _, f := range strings.Fields(value) {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return nil, errors.New("want numbers")
		}
		all = append(all, v)
	}
	return all, nil
}
