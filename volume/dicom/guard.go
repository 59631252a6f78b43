package dicom

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/suyashkumar/dicom/pkg/tag"
)

const (
	maxDepth  = 64         // nested sequences; real files have about ten
	undefined = 0xffffffff // a length that a delimiter ends

	// maxElements bounds what the library makes of small elements, some 300 bytes each.
	maxElements = 2_000_000
)

// cursor walks the elements of a data set and checks every length against the bytes there are.
type cursor struct {
	data     []byte
	implicit bool
	order    binary.ByteOrder
	left     *int // how many elements may still come
}

func newCursor(data []byte, implicit bool, order binary.ByteOrder) cursor {
	left := maxElements
	return cursor{data: data, implicit: implicit, order: order, left: &left}
}

// element is where one element lies: its value from value to end, the next at next.
type element struct {
	tag              tag.Tag
	vr               string
	value, end, next int
	open             bool // undefined length
}

func (c cursor) tag(at int) tag.Tag {
	return tag.Tag{Group: c.order.Uint16(c.data[at:]), Element: c.order.Uint16(c.data[at+2:])}
}

// header reads tag, VR and length of the element at a position.
func (c cursor) header(at, end int) (element, error) {
	var e element
	if end-at < 8 {
		return e, fmt.Errorf("cut off: %d bytes at %d are no element", end-at, at)
	}
	e.tag, e.value = c.tag(at), at+8
	var length uint32
	switch {
	case c.implicit || e.tag.Group == 0xfffe:
		length = c.order.Uint32(c.data[at+4:])
		if info, err := tag.Find(e.tag); err == nil && len(info.VRs) > 0 {
			e.vr = info.VRs[0]
		}
	default:
		e.vr = string(c.data[at+4 : at+6])
		if !isVR(e.vr) {
			return e, fmt.Errorf("element %v has the value representation %q", e.tag, e.vr)
		}
		if !longVR(e.vr) {
			length = uint32(c.order.Uint16(c.data[at+6:]))
			break
		}
		if e.value = at + 12; e.value > end {
			return e, fmt.Errorf("cut off in element %v", e.tag)
		}
		length = c.order.Uint32(c.data[at+8:])
	}
	if e.open = length == undefined; e.open {
		return e, nil
	}
	if uint64(length) > uint64(end-e.value) {
		return e, fmt.Errorf("element %v claims %d bytes, %d are left", e.tag, length, end-e.value)
	}
	e.end = e.value + int(length)
	e.next = e.end
	return e, nil
}

// element appends the element at a position to dst, with all that is nested in it, and returns where it lay.
//
// The library must meet no byte in another role than the guard gave it, or it believes lengths that nobody
// checked. So elements are written anew: every length defined, no delimiters, and those left out that the library
// would read in another way.
func (c cursor) element(dst []byte, at, end, depth int) ([]byte, element, error) {
	e, err := c.header(at, end)
	if err != nil {
		return dst, e, err
	}
	if e.tag.Group == 0xfffe {
		return dst, e, fmt.Errorf("%v stands where an element belongs", e.tag)
	}
	if *c.left--; *c.left < 0 {
		return dst, e, fmt.Errorf("more than %d elements", maxElements)
	}
	if !e.open && e.vr != "SQ" {
		if c.understood(e) {
			dst = append(c.begin(dst, e, e.end-e.value), c.data[e.value:e.end]...)
		}
		return dst, e, nil
	}
	mark, inner := len(dst), c
	inner.implicit = c.implicit || e.vr == "UN" // PS3.5 section 6.2.2
	dst = c.begin(dst, e, 0)
	body := len(dst)
	if dst, err = inner.sequence(dst, &e, end, depth+1); err != nil {
		return dst, e, err
	}
	if e.vr != "SQ" {
		return dst[:mark], e, nil
	}
	c.order.PutUint32(dst[body-4:], uint32(len(dst)-body))
	return dst, e, nil
}

// understood reports whether the library reads a value as the standard says.
func (c cursor) understood(e element) bool {
	n := e.end - e.value
	if e.tag.Group == 0x7fe0 {
		return false // an icon's pixels, which the library would decode
	}
	switch e.vr {
	case "OV", "SV", "UV", "NA":
		return false // it takes their lengths for 16 or 32 bits
	case "US", "SS", "AT", "OW":
		return n%2 == 0
	case "UL", "SL", "FL":
		return n%4 == 0
	case "FD":
		return n%8 == 0
	}
	return c.implicit || longVR(e.vr) || n < 0xffff // which it takes for undefined
}

// begin appends the header of an element.
func (c cursor) begin(dst []byte, e element, length int) []byte {
	dst = c.number(c.number(dst, e.tag.Group), e.tag.Element)
	if !c.implicit && e.tag.Group != 0xfffe {
		dst = append(dst, e.vr...)
		if !longVR(e.vr) {
			return c.number(dst, uint16(length))
		}
		dst = append(dst, 0, 0)
	}
	dst = append(dst, 0, 0, 0, 0)
	c.order.PutUint32(dst[len(dst)-4:], uint32(length))
	return dst
}

func (c cursor) number(dst []byte, v uint16) []byte {
	dst = append(dst, 0, 0)
	c.order.PutUint16(dst[len(dst)-2:], v)
	return dst
}

// sequence appends the items of a sequence and, where its length is undefined, finds its end.
func (c cursor) sequence(dst []byte, e *element, end, depth int) ([]byte, error) {
	if depth > maxDepth {
		return dst, fmt.Errorf("sequences are nested deeper than %d in element %v", maxDepth, e.tag)
	}
	if !e.open {
		end = e.end
	}
	for at := e.value; ; {
		if !e.open && at == end {
			return dst, nil
		}
		item, err := c.header(at, end)
		if err != nil {
			return dst, err
		}
		switch item.tag {
		case tag.SequenceDelimitationItem:
			if !e.open {
				return dst, fmt.Errorf("a stray delimiter in element %v", e.tag)
			}
			e.end, e.next = at, item.value
			return dst, nil
		case tag.Item:
		default:
			return dst, fmt.Errorf("element %v holds %v where an item belongs", e.tag, item.tag)
		}
		dst = c.begin(dst, item, 0)
		body := len(dst)
		if dst, at, err = c.item(dst, item, end, depth); err != nil {
			return dst, err
		}
		c.order.PutUint32(dst[body-4:], uint32(len(dst)-body))
	}
}

// item appends the elements of an item and returns where the next item begins.
func (c cursor) item(dst []byte, item element, end, depth int) (_ []byte, next int, err error) {
	if *c.left--; *c.left < 0 {
		return dst, 0, fmt.Errorf("more than %d elements", maxElements)
	}
	if !item.open {
		end = item.end
	}
	for at := item.value; ; {
		if !item.open && at == end {
			return dst, end, nil
		}
		if end-at >= 8 && c.tag(at) == tag.ItemDelimitationItem {
			if !item.open {
				return dst, 0, errors.New("a stray delimiter in an item")
			}
			return dst, at + 8, nil
		}
		var e element
		if dst, e, err = c.element(dst, at, end, depth); err != nil {
			return dst, 0, err
		}
		at = e.next
	}
}

func isVR(vr string) bool {
	return vr[0] >= 'A' && vr[0] <= 'Z' && vr[1] >= 'A' && vr[1] <= 'Z'
}

// longVR reports whether a 4-byte length follows two reserved bytes (PS3.5 section 7.1.2).
func longVR(vr string) bool {
	switch vr {
	case "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV":
		return true
	}
	return false
}
