package jsonx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// MaxDepth is how deeply arrays and objects may nest; no honest file comes near it.
const MaxDepth = 200

// Parse reads one JSON document. Errors name line and column. Of a key that occurs twice the last
// value counts, as in Python. A byte order mark at the beginning is skipped.
func Parse(data []byte) (any, error) {
	p := &parser{data: bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.data) {
		return nil, p.fail("text after the end of the document")
	}
	return v, nil
}

// ParseObject is Parse for documents whose outermost value must be an object.
func ParseObject(data []byte) (*Object, error) {
	v, err := Parse(data)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*Object)
	if !ok {
		return nil, fmt.Errorf("line 1: the document is %s, want an object {...}", Kind(v))
	}
	return o, nil
}

// Kind returns what a parsed value is, in words for messages.
func Kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case string:
		return "a string"
	case Number:
		return "a number"
	case []any:
		return "a list"
	case *Object:
		return "an object"
	}
	return fmt.Sprintf("a %T", v)
}

type parser struct {
	data []byte
	at   int
}

func (p *parser) fail(format string, args ...any) error {
	before := p.data[:min(p.at, len(p.data))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return fmt.Errorf("line %d, column %d: %s", line, column, fmt.Sprintf(format, args...))
}

func (p *parser) space() {
	for p.at < len(p.data) && bytes.IndexByte([]byte(" \t\r\n"), p.data[p.at]) >= 0 {
		p.at++
	}
}

// next skips white space and reports whether c follows; if so it is consumed.
func (p *parser) next(c byte) bool {
	if p.space(); p.at < len(p.data) && p.data[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) value(depth int) (any, error) {
	p.space()
	if depth > MaxDepth {
		return nil, p.fail("more than %d levels of nesting", MaxDepth)
	}
	if p.at >= len(p.data) {
		return nil, p.fail("the document ends where a value should stand")
	}
	switch p.data[p.at] {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	case '"':
		return p.text()
	}
	return p.word()
}

func (p *parser) object(depth int) (any, error) {
	p.at++
	o := &Object{}
	if p.next('}') {
		return o, nil
	}
	seen := map[string]int{}
	for {
		if p.space(); p.at >= len(p.data) || p.data[p.at] != '"' {
			return nil, p.fail("want a key in double quotes")
		}
		key, err := p.text()
		if err != nil {
			return nil, err
		}
		if !p.next(':') {
			return nil, p.fail("want a colon after key %q", key)
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if i, twice := seen[key]; twice {
			o.Members[i].Value = v
		} else {
			seen[key] = len(o.Members)
			o.Members = append(o.Members, Member{key, v})
		}
		if p.next('}') {
			return o, nil
		}
		if !p.next(',') {
			return nil, p.fail("want a comma or } after the value of %q", key)
		}
	}
}

func (p *parser) array(depth int) (any, error) {
	p.at++
	list := []any{}
	if p.next(']') {
		return list, nil
	}
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if p.next(']') {
			return list, nil
		}
		if !p.next(',') {
			return nil, p.fail("want a comma or ] in a list")
		}
	}
}

// text reads a string; escapes are left to encoding/json.
func (p *parser) text() (string, error) {
	start := p.at
	for i := start + 1; i < len(p.data) && p.data[i] >= 0x20; i++ {
		switch p.data[i] {
		case '\\':
			i++
		case '"':
			var s string
			if err := json.Unmarshal(p.data[start:i+1], &s); err != nil {
				return "", p.fail("bad string: %v", err)
			}
			p.at = i + 1
			return s, nil
		}
	}
	return "", p.fail("a string without closing quote on its line")
}

func (p *parser) word() (any, error) {
	end := p.at
	for end < len(p.data) && bytes.IndexByte([]byte(" \t\r\n,:]}[{\""), p.data[end]) < 0 {
		end++
	}
	w := string(p.data[p.at:end])
	var v any
	switch {
	case w == "null":
	case w == "true", w == "false":
		v = w == "true"
	case w == "NaN", w == "Infinity", w == "-Infinity", isNumber(w):
		v = Number(w)
	default:
		return nil, p.fail("%.40q is no JSON value", w)
	}
	p.at = end
	return v, nil
}

func isNumber(w string) bool {
	return w != "" && (w[0] == '-' || (w[0] >= '0' && w[0] <= '9')) && json.Valid([]byte(w))
}
