package jsonx

import (
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Layout says how Marshal lays a document out. The zero value is json.dump's default: one line, ", "
// and ": " as separators, keys in order.
type Layout struct {
	// Indent is the number of spaces per level; 0 writes one line.
	Indent int
	// SortKeys orders the keys of every object by code point.
	SortKeys bool
}

// NNUNet is the layout of the files nnU-Net writes with sorted keys (fingerprint, splits, summary).
var NNUNet = Layout{Indent: 4, SortKeys: true}

// Marshal returns v as JSON text without a final newline, exactly as Python's json.dumps with the
// same layout writes it (non-ASCII characters escaped, floats by Float). Values may be what Parse
// returns, Go's booleans, numbers and strings, and slices, arrays and string maps of all of these; maps are
// always written with sorted keys.
func Marshal(v any, layout Layout) ([]byte, error) {
	w := writer{layout: layout}
	if err := w.value(reflect.ValueOf(v), 0); err != nil {
		return nil, err
	}
	return w.out, nil
}

type writer struct {
	layout Layout
	out    []byte
}

var (
	objectType = reflect.TypeFor[*Object]()
	numberType = reflect.TypeFor[Number]()
)

func (w *writer) value(v reflect.Value, depth int) error {
	for v.Kind() == reflect.Interface && !v.IsNil() {
		v = v.Elem()
	}
	if !v.IsValid() {
		w.out = append(w.out, "null"...)
		return nil
	}
	if v.Type() == objectType {
		return w.object(v.Interface().(*Object), depth)
	}
	switch v.Kind() {
	case reflect.Interface:
		w.out = append(w.out, "null"...)
	case reflect.Bool:
		w.out = strconv.AppendBool(w.out, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.out = strconv.AppendInt(w.out, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		w.out = strconv.AppendUint(w.out, v.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		w.out = append(w.out, Float(v.Float())...)
	case reflect.String:
		if v.Type() == numberType {
			w.out = append(w.out, v.String()...)
			return nil
		}
		w.text(v.String())
	case reflect.Slice, reflect.Array:
		return w.list(v, depth)
	case reflect.Map:
		return w.mapping(v, depth)
	default:
		return fmt.Errorf("jsonx: cannot write a %s", v.Type())
	}
	return nil
}

func (w *writer) list(v reflect.Value, depth int) error {
	if v.Len() == 0 {
		w.out = append(w.out, "[]"...)
		return nil
	}
	w.out = append(w.out, '[')
	for i := range v.Len() {
		w.separate(i, depth+1)
		if err := w.value(v.Index(i), depth+1); err != nil {
			return err
		}
	}
	w.close(']', depth)
	return nil
}

func (w *writer) mapping(v reflect.Value, depth int) error {
	if v.Type().Key().Kind() != reflect.String {
		return fmt.Errorf("jsonx: cannot write a %s", v.Type())
	}
	o := &Object{}
	for _, k := range v.MapKeys() {
		o.Members = append(o.Members, Member{k.String(), v.MapIndex(k).Interface()})
	}
	sort.Slice(o.Members, func(i, j int) bool { return o.Members[i].Key < o.Members[j].Key })
	return w.object(o, depth)
}

func (w *writer) object(o *Object, depth int) error {
	if o == nil || len(o.Members) == 0 {
		w.out = append(w.out, "{}"...)
		return nil
	}
	members := o.Members
	if w.layout.SortKeys {
		members = o.sorted()
	}
	w.out = append(w.out, '{')
	for i, m := range members {
		w.separate(i, depth+1)
		w.text(m.Key)
		w.out = append(w.out, ": "...)
		if err := w.value(reflect.ValueOf(m.Value), depth+1); err != nil {
			return err
		}
	}
	w.close('}', depth)
	return nil
}

// separate writes what stands before item i of a list or object.
func (w *writer) separate(i, depth int) {
	if i > 0 {
		w.out = append(w.out, ',')
		if w.layout.Indent == 0 {
			w.out = append(w.out, ' ')
		}
	}
	w.line(depth)
}

func (w *writer) close(bracket byte, depth int) {
	w.line(depth)
	w.out = append(w.out, bracket)
}

func (w *writer) line(depth int) {
	if w.layout.Indent == 0 {
		return
	}
	w.out = append(w.out, '\n')
	for range depth * w.layout.Indent {
		w.out = append(w.out, ' ')
	}
}

// text writes a string as json.dumps does with ensure_ascii: surrogate pairs for what lies beyond
// the basic plane, short escapes where JSON has them.
func (w *writer) text(s string) {
	w.out = append(w.out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			w.out = append(w.out, '\\', byte(r))
		case r == '\n':
			w.out = append(w.out, `\n`...)
		case r == '\r':
			w.out = append(w.out, `\r`...)
		case r == '\t':
			w.out = append(w.out, `\t`...)
		case r == '\b':
			w.out = append(w.out, `\b`...)
		case r == '\f':
			w.out = append(w.out, `\f`...)
		case r >= 0x20 && r < 0x7f:
			w.out = append(w.out, byte(r))
		case r > 0xffff:
			a, b := utf16.EncodeRune(r)
			w.out = fmt.Appendf(w.out, `\u%04x\u%04x`, a, b)
		case r == utf8.RuneError:
			w.out = append(w.out, `\ufffd`...)
		default:
			w.out = fmt.Appendf(w.out, `\u%04x`, r)
		}
	}
	w.out = append(w.out, '"')
}
