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
)

// errForeign marks an element that the library would read differently than the guard does.
var errForeign = errors.New("an element that the DICOM library misreads")

// cursor walks the elements of a data set and checks every length against the bytes there are.
type cursor struct {
	data     []byte
	implicit bool
	order    binary.ByteOrder
}

// element is where one element lies: its header at start, its value from value to end, the next at next.
type element struct {
	tag                     tag.Tag
	vr                      string
	start, value, end, next int
	open                    bool // undefined length
}

func (c cursor) tag(at int) tag.Tag {
	return tag.Tag{Group: c.order.Uint16(c.data[at:]), Element: c.order.Uint16(c.data[at+2:])}
}

// header reads tag, VR and length of the element at a position.
func (c cursor) header(at, end int) (element, error) {
	e := element{start: at}
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

// element reads the element at a position and all that is nested in it. An element the library cannot be
// trusted with gives errForeign together with a valid position of the next one.
func (c cursor) element(at, end, depth int) (element, error) {
	e, err := c.header(at, end)
	if err != nil {
		return e, err
	}
	var foreign error
	switch e.vr {
	case "OV", "SV", "UV":
		foreign = errForeign
	}
	if !e.open && !c.implicit && !longVR(e.vr) && e.end-e.value == 0xffff {
		foreign = errForeign
	}
	if e.tag.Group != 0xfffe && (e.open || e.vr == "SQ") {
		inner := c
		if e.vr == "UN" {
			inner.implicit, foreign = true, errForeign
		}
		if err := inner.sequence(&e, end, depth+1); errors.Is(err, errForeign) {
			foreign = err
		} else if err != nil {
			return e, err
		}
	}
	return e, foreign
}

// sequence walks the items of a sequence and, where its length is undefined, finds its end.
func (c cursor) sequence(e *element, end, depth int) (foreign error) {
	if depth > maxDepth {
		return fmt.Errorf("sequences are nested deeper than %d in element %v", maxDepth, e.tag)
	}
	if !e.open {
		end = e.end
	}
	for at := e.value; ; {
		if !e.open && at == end {
			return foreign
		}
		item, err := c.header(at, end)
		if err != nil {
			return err
		}
		switch item.tag {
		case tag.SequenceDelimitationItem:
			if !e.open {
				return fmt.Errorf("a stray delimiter in element %v", e.tag)
			}
			e.end, e.next = at, item.value
			return foreign
		case tag.Item:
		default:
			return fmt.Errorf("element %v holds %v where an item belongs", e.tag, item.tag)
		}
		at, err = c.item(item, end, depth)
		if errors.Is(err, errForeign) {
			foreign = err
		} else if err != nil {
			return err
		}
	}
}

// item walks the elements of an item and returns where the next item begins.
func (c cursor) item(item element, end, depth int) (next int, foreign error) {
	if !item.open {
		end = item.end
	}
	for at := item.value; ; {
		if !item.open && at == end {
			return end, foreign
		}
		if end-at >= 8 && c.tag(at) == tag.ItemDelimitationItem {
			if !item.open {
				return 0, errors.New("a stray delimiter in an item")
			}
			return at + 8, foreign
		}
		e, err := c.element(at, end, depth)
		if errors.Is(err, errForeign) {
			foreign = err
		} else if err != nil {
			return 0, err
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
