package tiff

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/image/tiff/lzw"

	"github.com/autoseg/autoseg/internal/voxels"
)

// The compressions that are read.
const (
	uncompressed = 1
	compressLZW  = 5
	adobeDeflate = 8
	oldDeflate   = 32946
	packBits     = 32773
	zstandard    = 50000
)

// expansions bound how many bytes one byte can become. LZW's longest string has 3838 bytes, in 12 bits;
// PackBits makes 128 bytes of two; a block of Zstandard is at most 128 KiB, from four bytes.
var expansions = map[int]int64{
	uncompressed: voxels.Raw, compressLZW: 2560, adobeDeflate: voxels.Deflate, oldDeflate: voxels.Deflate, packBits: 64, zstandard: 1 << 15,
}

// decompress returns the first size bytes of a chunk.
func decompress(raw []byte, compression int, size int64) ([]byte, error) {
	var r io.Reader
	switch compression {
	case uncompressed:
		if int64(len(raw)) < size {
			return nil, io.ErrUnexpectedEOF
		}
		return raw[:size], nil
	case packBits:
		return unpackBits(raw, size)
	case compressLZW:
		z := lzw.NewReader(bytes.NewReader(raw), lzw.MSB, 8)
		defer z.Close()
		r = z
	case zstandard:
		z, err := zstd.NewReader(bytes.NewReader(raw), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30), zstd.WithDecoderMaxWindow(1<<27))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		r = z
	default:
		z, err := zlib.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		r = z
	}
	if size > likely*int64(len(raw)) {
		return grow(r, size)
	}
	data := make([]byte, size)
	if n, err := io.ReadFull(r, data); err != nil {
		return nil, fmt.Errorf("%d of %d bytes: %w", n, size, err)
	}
	return data, nil
}

// likely is the ratio of compression up to which memory is allocated at once; what claims more has to
// deliver first.
const likely = 50

// grow reads size bytes, in memory that grows with what arrives.
func grow(r io.Reader, size int64) ([]byte, error) {
	var b bytes.Buffer
	n, err := io.CopyN(&b, r, size)
	if err != nil {
		return nil, fmt.Errorf("%d of %d bytes: %w", n, size, err)
	}
	return b.Bytes(), nil
}

// unpackBits undoes run lengths (TIFF 6.0, section 9).
func unpackBits(raw []byte, size int64) ([]byte, error) {
	data := make([]byte, 0, min(size, likely*int64(len(raw))))
	for int64(len(data)) < size {
		if len(raw) < 2 {
			return nil, io.ErrUnexpectedEOF
		}
		n := int(int8(raw[0]))
		switch {
		case n >= 0:
			if len(raw) < n+2 {
				return nil, io.ErrUnexpectedEOF
			}
			data, raw = append(data, raw[1:n+2]...), raw[n+2:]
		case n > -128:
			data, raw = append(data, bytes.Repeat(raw[1:2], 1-n)...), raw[2:]
		default:
			raw = raw[1:]
		}
	}
	return data[:size], nil
}

var errPredictor = errors.New("the predictor does not fit the samples")

// undoPredictor turns the differences along a row of little-endian numbers into the numbers. For the float
// predictor the row is as the file has it (TIFF technical note 3): differences of bytes, the most
// significant bytes of all numbers first.
func undoPredictor(row []byte, p *page) error {
	width, stride := p.numbers.Bytes(), p.chunkSamples()
	switch {
	case p.predictor == predictorNone:
	case width == 0:
		return errPredictor
	case p.predictor == predictorFloat:
		for i := stride; i < len(row); i++ {
			row[i] += row[i-stride]
		}
		planes := bytes.Clone(row)
		n := len(row) / width
		for i := range n {
			for k := range width {
				row[i*width+width-1-k] = planes[k*n+i]
			}
		}
	default:
		for i := stride * width; i < len(row); i += width {
			addTo(row[i:i+width], row[i-stride*width:])
		}
	}
	return nil
}

// addTo adds little-endian numbers of the width of dst, modulo their range.
func addTo(dst, other []byte) {
	carry := uint(0)
	for i := range dst {
		sum := uint(dst[i]) + uint(other[i]) + carry
		dst[i], carry = byte(sum), sum>>8
	}
}
