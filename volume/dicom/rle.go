package dicom

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// decodeRLE unpacks a frame of segments, one for each byte plane of each sample, most significant first
// (PS3.5 annex G), into little endian samples interleaved by pixel.
func decodeRLE(data []byte, pixels, samples, bytesPer int) ([]byte, error) {
	if len(data) < 64 {
		return nil, errors.New("RLE: the header is cut off")
	}
	n := int(binary.LittleEndian.Uint32(data))
	if n != samples*bytesPer {
		return nil, fmt.Errorf("RLE: %d segments, want %d", n, samples*bytesPer)
	}
	if n > 15 {
		return nil, fmt.Errorf("RLE: %d segments, at most 15 are possible", n)
	}
	out := make([]byte, pixels*samples*bytesPer)
	for s := range n {
		start, end := int(binary.LittleEndian.Uint32(data[4+4*s:])), len(data)
		if s+1 < n {
			end = int(binary.LittleEndian.Uint32(data[8+4*s:]))
		}
		if start < 64 || start > end || end > len(data) {
			return nil, fmt.Errorf("RLE: segment %d lies outside the frame", s)
		}
		sample, plane := s/bytesPer, s%bytesPer
		offset := sample*bytesPer + bytesPer - 1 - plane
		if err := unpackBits(out[offset:], data[start:end], pixels, samples*bytesPer); err != nil {
			return nil, fmt.Errorf("RLE: segment %d: %w", s, err)
		}
	}
	return out, nil
}

// unpackBits writes n bytes to every stride-th place of dst.
func unpackBits(dst, src []byte, n, stride int) error {
	for i := 0; i < n; {
		if len(src) < 2 {
			return fmt.Errorf("cut off after %d of %d bytes", i, n)
		}
		head := int(int8(src[0]))
		src = src[1:]
		switch {
		case head == -128:
		case head >= 0:
			count := min(head+1, n-i)
			if len(src) < count {
				return fmt.Errorf("cut off after %d of %d bytes", i, n)
			}
			for _, b := range src[:count] {
				dst[i*stride] = b
				i++
			}
			src = src[min(head+1, len(src)):]
		default:
			for range min(1-head, n-i) {
				dst[i*stride] = src[0]
				i++
			}
			src = src[1:]
		}
	}
	return nil
}
