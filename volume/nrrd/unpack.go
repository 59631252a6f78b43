package nrrd

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"

	"github.com/autoseg/autoseg/internal/voxels"
)

func (e encoding) expansion() int64 {
	switch e {
	case gzipped:
		return voxels.Deflate
	case bzipped:
		return voxels.Unbounded
	}
	return voxels.Raw // hex is longer than what it stands for
}

// unpack skips lines, decompresses and skips bytes, in this order, so that size bytes of voxels follow.
func (h *header) unpack(r io.Reader, size int64) (io.Reader, error) {
	buffered, is := r.(*bufio.Reader)
	if !is {
		buffered = bufio.NewReaderSize(r, 1<<16)
	}
	for i := range h.lineSkip {
		if err := skipLine(buffered); err != nil {
			return nil, fmt.Errorf("the file is truncated: %d of %d lines to skip are there", i, h.lineSkip)
		}
	}
	r = buffered
	switch h.encoding {
	case gzipped:
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("the gzip data is damaged: %w", err)
		}
		r = z
	case bzipped:
		r = bzip2.NewReader(buffered)
	case hex:
		r = &hexReader{r: buffered}
	}
	switch {
	case h.byteSkip == -1 && h.encoding == text:
		return nil, errors.New("byte skip: -1 needs voxels that are not text")
	case h.byteSkip == -1:
		return &tail{r: r, size: size}, nil
	case h.byteSkip > 0:
		if n, err := io.CopyN(io.Discard, r, h.byteSkip); err != nil {
			return nil, fmt.Errorf("the file is truncated or damaged: %d of %d bytes to skip are there", n, h.byteSkip)
		}
	}
	return r, nil
}

func skipLine(r *bufio.Reader) error {
	for {
		_, err := r.ReadSlice('\n')
		if err != bufio.ErrBufferFull {
			return err
		}
	}
}

// tail yields the last size bytes of r (byte skip -1). Its memory grows with what arrives.
type tail struct {
	r    io.Reader
	size int64
	kept []byte
	read bool
}

// Read implements io.Reader.
func (t *tail) Read(p []byte) (int, error) {
	if !t.read {
		if err := t.fill(); err != nil {
			return 0, err
		}
		t.read = true
	}
	if len(t.kept) == 0 {
		return 0, io.EOF
	}
	n := copy(p, t.kept)
	t.kept = t.kept[n:]
	return n, nil
}

func (t *tail) fill() error {
	chunk := make([]byte, 1<<16)
	for {
		n, err := t.r.Read(chunk)
		t.kept = append(t.kept, chunk[:n]...)
		if extra := int64(len(t.kept)) - t.size; extra > t.size+int64(len(chunk)) || extra > 0 && err == io.EOF {
			t.kept = append(t.kept[:0], t.kept[extra:]...)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// hexReader yields the bytes of pairs of hexadecimal digits; white space between them is allowed.
type hexReader struct{ r *bufio.Reader }

// Read implements io.Reader.
func (h *hexReader) Read(p []byte) (int, error) {
	for i := range p {
		high, err := h.digit()
		if err == io.EOF && i > 0 {
			return i, nil
		} else if err != nil {
			return i, err
		}
		low, err := h.digit()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return i, err
		}
		p[i] = high<<4 | low
	}
	return len(p), nil
}

func (h *hexReader) digit() (byte, error) {
	for {
		b, err := h.r.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case b >= '0' && b <= '9':
			return b - '0', nil
		case b|0x20 >= 'a' && b|0x20 <= 'f':
			return b | 0x20 - 'a' + 10, nil
		case b > ' ':
			return 0, fmt.Errorf("%q is no hexadecimal digit", b)
		}
	}
}
