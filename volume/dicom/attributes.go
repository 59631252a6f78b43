package dicom

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	dcm "github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
)

// attributes are the elements of a data set or an item by tag.
type attributes map[tag.Tag]*dcm.Element

func attributesOf(elements []*dcm.Element) attributes {
	a := make(attributes, len(elements))
	for _, e := range elements {
		a[e.Tag] = e
	}
	return a
}

func (a attributes) value(t tag.Tag) any {
	if e, ok := a[t]; ok && e.Value != nil {
		return e.Value.GetValue()
	}
	return nil
}

// text returns the first string of an element, or "".
func (a attributes) text(t tag.Tag) string {
	if s, ok := a.value(t).([]string); ok && len(s) > 0 {
		return strings.Trim(s[0], " \x00")
	}
	return ""
}

// numbers returns the numbers of an element, written as text or in binary; nil where there are none.
func (a attributes) numbers(t tag.Tag) []float64 {
	var n []float64
	switch v := a.value(t).(type) {
	case []float64:
		return v
	case []int:
		for _, i := range v {
			n = append(n, float64(i))
		}
	case []string:
		for _, s := range v {
			f, err := strconv.ParseFloat(strings.Trim(s, " \x00"), 64)
			if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
				return nil
			}
			n = append(n, f)
		}
	}
	return n
}

// number returns the first number of an element or a fallback.
func (a attributes) number(t tag.Tag, fallback float64) float64 {
	if n := a.numbers(t); len(n) > 0 {
		return n[0]
	}
	return fallback
}

// count returns a whole number between least and most.
func (a attributes) count(t tag.Tag, fallback, least, most int) (int, error) {
	v := a.number(t, float64(fallback))
	if v != math.Trunc(v) || v < float64(least) || v > float64(most) {
		info, _ := tag.Find(t)
		return 0, fmt.Errorf("%s is %g, want a whole number from %d to %d", info.Keyword, v, least, most)
	}
	return int(v), nil
}

// items returns the items of a sequence.
func (a attributes) items(t tag.Tag) []attributes {
	var items []attributes
	if s, ok := a.value(t).([]*dcm.SequenceItemValue); ok {
		for _, item := range s {
			if e, ok := item.GetValue().([]*dcm.Element); ok {
				items = append(items, attributesOf(e))
			}
		}
	}
	return items
}

// first returns the first item of a sequence, empty where there is none.
func (a attributes) first(t tag.Tag) attributes {
	if items := a.items(t); len(items) > 0 {
		return items[0]
	}
	return attributes{}
}
