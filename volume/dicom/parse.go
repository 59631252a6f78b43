package dicom

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"
	dcm "github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// maxInflated bounds a deflated data set: the largest honest one is a multi-frame series.
const maxInflated = 1 << 30

// errNotDICOM marks files of another kind.
var errNotDICOM = errors.New("not a DICOM file: neither the mark DICM nor a first element of group 0008")

// object is one DICOM file: the attributes that describe it and its pixels as stored.
type object struct {
	attributes
	syntax    syntax
	order     binary.ByteOrder
	pixels    []byte   // native pixels
	fragments [][]byte // of encapsulated pixels, offset table first
	pixelType tag.Tag  // which of the pixel elements, zero where there is none
}

// parse reads the bytes of a file. The slice is kept: pixels are views of it.
func parse(data []byte) (*object, error) {
	body, uid, err := prologue(data)
	if err != nil {
		return nil, err
	}
	s, err := findSyntax(uid)
	if err != nil {
		return nil, err
	}
	if s.deflate {
		if body, err = inflate(body, min(maxInflated, max(1<<26, 100*int64(len(body))))); err != nil {
			return nil, fmt.Errorf("the deflated data set is damaged: %w", err)
		}
	}
	o := &object{syntax: s, order: binary.LittleEndian}
	if s.bigEndian {
		o.order = binary.BigEndian
	}
	header, err := o.split(newCursor(body, s.implicit, o.order))
	if err != nil {
		return nil, err
	}
	o.attributes, err = o.describe(header)
	return o, err
}

// prologue reads preamble and file meta information and returns the data set and its transfer syntax.
// A file without them is implicit or explicit little endian by the look of its first element.
func prologue(data []byte) (body []byte, uid string, err error) {
	if len(data) < 132 || string(data[128:132]) != "DICM" {
		return bare(data)
	}
	c := newCursor(data, false, binary.LittleEndian)
	at := 132
	for len(data)-at >= 8 && c.tag(at).Group == 2 {
		_, e, err := c.element(nil, at, len(data), 0)
		if err != nil {
			return nil, "", fmt.Errorf("file meta information: %w", err)
		}
		if e.tag == tag.TransferSyntaxUID {
			uid = text(data[e.value:e.end])
		}
		at = e.next
	}
	if uid == "" {
		return bare(data[at:])
	}
	return data[at:], uid, nil
}

func bare(data []byte) ([]byte, string, error) {
	if len(data) < 16 {
		return nil, "", errNotDICOM
	}
	group := binary.LittleEndian.Uint16(data)
	// The file meta information ends on a padding byte. Where it was cut off carelessly, that byte is left.
	if next := binary.LittleEndian.Uint16(data[1:]); (data[0] == ' ' || data[0] == 0) && next == 8 && isVR(string(data[5:7])) {
		return bare(data[1:])
	}
	if group != 8 && group != 2 {
		return nil, "", errNotDICOM
	}
	if group == 2 {
		return prologue(append(append(make([]byte, 128), "DICM"...), data...))
	}
	if isVR(string(data[4:6])) {
		return data, "1.2.840.10008.1.2.1", nil
	}
	return data, "1.2.840.10008.1.2", nil
}

// text returns a value without its padding.
func text(b []byte) string { return strings.Trim(string(b), " \x00") }

func inflate(data []byte, limit int64) ([]byte, error) {
	r := flate.NewReader(bytes.NewReader(data))
	out, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(out)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return out, err
}

// wanted reports whether an element describes the image. Patient data (0010), private groups, overlays and
// curves are never passed on.
func wanted(t tag.Tag) bool {
	switch t.Group {
	case 0x0008, 0x0018, 0x0020, 0x0028, 0x0062, 0x3006, 0x5200:
		return true
	}
	return false
}

// split takes the pixels and returns the wanted elements, each checked, as a data set of its own.
func (o *object) split(c cursor) ([]byte, error) {
	var header []byte
	for at := 0; at < len(c.data); {
		if t := len(c.data) - at; t < 8 && len(bytes.Trim(c.data[at:], "\x00")) == 0 {
			break
		}
		e, err := c.header(at, len(c.data))
		if err == nil && e.tag.Group == 0x7fe0 && o.isPixels(e.tag) {
			at, err = o.takePixels(c, e)
		} else if err == nil {
			mark := len(header)
			if header, e, err = c.element(header, at, len(c.data), 0); !wanted(e.tag) {
				header = header[:mark]
			}
			at = e.next
		}
		if err != nil {
			return nil, err
		}
	}
	return header, nil
}

func (o *object) isPixels(t tag.Tag) bool {
	return t.Element == 0x0010 || t.Element == 0x0008 || t.Element == 0x0009
}

// takePixels keeps the pixels of native elements and the fragments of encapsulated ones.
func (o *object) takePixels(c cursor, e element) (next int, err error) {
	o.pixelType = e.tag
	if !e.open {
		o.pixels = c.data[e.value:e.end]
		return e.next, nil
	}
	for at := e.value; ; {
		item, err := c.header(at, len(c.data))
		if err != nil {
			return 0, fmt.Errorf("compressed pixels: %w", err)
		}
		if item.tag == tag.SequenceDelimitationItem {
			return item.value, nil
		}
		if item.tag != tag.Item || item.open {
			return 0, fmt.Errorf("compressed pixels: %v where a fragment belongs", item.tag)
		}
		o.fragments = append(o.fragments, c.data[item.value:item.end])
		at = item.next
	}
}

// describe has the library read the checked elements.
func (o *object) describe(header []byte) (a attributes, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the DICOM library failed: %v", r)
		}
	}()
	uid := "1.2.840.10008.1.2.1\x00"
	switch {
	case o.syntax.implicit:
		uid = "1.2.840.10008.1.2\x00"
	case o.syntax.bigEndian:
		uid = "1.2.840.10008.1.2.2\x00"
	}
	meta := append([]byte{2, 0, 0x10, 0, 'U', 'I', byte(len(uid)), 0}, uid...)
	file := append(make([]byte, 128), "DICM\x02\x00\x00\x00UL\x04\x00"...)
	file = binary.LittleEndian.AppendUint32(file, uint32(len(meta)))
	file = append(append(file, meta...), header...)
	set, err := dcm.Parse(bytes.NewReader(file), int64(len(file)), nil)
	if err != nil {
		return nil, fmt.Errorf("the DICOM library: %w", err)
	}
	return attributesOf(set.Elements), nil
}
