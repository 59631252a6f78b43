package plans

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/internal/nearest"
	"gopkg.in/yaml.v3"
)

// decoder walks a tree of nodes. It collects every finding instead of stopping at the first, and
// remembers where each field stands.
type decoder struct {
	file     string
	strict   bool // unknown keys are findings
	lines    map[string]int
	failed   []string // paths of the findings
	findings []error
}

// field is one key of an object and what to do with its value.
type field struct {
	key  string
	read func(n *yaml.Node, path string)
}

// fail records a finding about the value at n.
func (d *decoder) fail(n *yaml.Node, path, format string, args ...any) {
	d.failed = append(d.failed, path)
	d.findings = append(d.findings, finding(d.file, n.Line, path, fmt.Sprintf(format, args...)))
}

// finding is a sentence about one field: file, line if it is known, field.
func finding(file string, line int, path, sentence string) error {
	where := file
	if line > 0 {
		where += ":" + strconv.Itoa(line)
	}
	if where != "" {
		where += ": "
	}
	if path != "" {
		sentence = path + " " + sentence
	}
	return fmt.Errorf("%s%s", where, sentence)
}

// object reads a mapping and returns the known keys that it has with a value other than null.
func (d *decoder) object(n *yaml.Node, path string, fields []field) map[string]bool {
	given := map[string]bool{}
	seen := map[string]bool{}
	for key, value := range d.pairs(n, path) {
		at := join(path, key.Value)
		if seen[key.Value] {
			d.fail(key, at, "is there twice; keep one of them")
		}
		seen[key.Value] = true
		if read := lookup(fields, key.Value); read != nil {
			d.lines[at] = key.Line
			given[key.Value] = value.Tag != "!!null"
			read(value, at)
		} else if d.strict {
			d.fail(key, at, "is no key of a plan%s", suggestion(key.Value, fields))
		}
	}
	return given
}

// pairs yields the keys and values of a mapping.
func (d *decoder) pairs(n *yaml.Node, path string) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		if n.Kind != yaml.MappingNode {
			d.fail(n, path, "is %s; want keys with values", describe(n))
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Kind != yaml.ScalarNode {
				d.fail(n.Content[i], path, "has a key that is %s; want a word", describe(n.Content[i]))
			} else if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

func lookup(fields []field, key string) func(n *yaml.Node, path string) {
	for _, f := range fields {
		if f.key == key {
			return f.read
		}
	}
	return nil
}

// suggestion names the known key that an unknown one was most likely meant to be.
func suggestion(key string, fields []field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.key
	}
	if name := nearest.Word(key, names); name != "" {
		return "; did you mean " + name + "?"
	}
	return ""
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// describe says what a node is, for messages.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.Tag {
	case "!!null":
		return "empty"
	case "!!str":
		return fmt.Sprintf("the text %.60q", n.Value)
	}
	return fmt.Sprintf("%.60s", n.Value)
}

// text, integer, number, truth read one scalar; the second result is false after a finding.
func (d *decoder) text(n *yaml.Node, path string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		d.fail(n, path, "is %s; want text", describe(n))
		return "", false
	}
	return n.Value, true
}

func (d *decoder) number(n *yaml.Node, path string) (float64, bool) {
	if n.Kind == yaml.ScalarNode && (n.Tag == "!!int" || n.Tag == "!!float") {
		if v, ok := parseNumber(n.Value); ok {
			return v, true
		}
	}
	d.fail(n, path, "is %s; want a number", describe(n))
	return 0, false
}

// parseNumber reads a decimal number as JSON and YAML write it, with their words for NaN and infinity.
func parseNumber(s string) (float64, bool) {
	switch strings.ToLower(strings.TrimPrefix(s, "+")) {
	case "nan", ".nan":
		return math.NaN(), true
	case "infinity", ".inf":
		return math.Inf(1), true
	case "-infinity", "-.inf":
		return math.Inf(-1), true
	}
	if strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false // octal, hexadecimal and underscores have no place in a plan
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

func (d *decoder) integer(n *yaml.Node, path string) (int, bool) {
	if n.Kind == yaml.ScalarNode && (n.Tag == "!!int" || n.Tag == "!!float") {
		if v, ok := parseNumber(n.Value); ok && v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int(v), true
		}
	}
	d.fail(n, path, "is %s; want a whole number", describe(n))
	return 0, false
}

func (d *decoder) truth(n *yaml.Node, path string) (bool, bool) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!bool" && (n.Value == "true" || n.Value == "false") {
		return n.Value == "true", true
	}
	d.fail(n, path, "is %s; want true or false", describe(n))
	return false, false
}

// list reads every element of a sequence with read.
func list[T any](d *decoder, n *yaml.Node, path string, read func(*yaml.Node, string) (T, bool)) ([]T, bool) {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, path, "is %s; want a list in brackets", describe(n))
		return nil, false
	}
	all := make([]T, 0, len(n.Content))
	good := true
	for i, e := range n.Content {
		v, ok := read(e, fmt.Sprintf("%s[%d]", path, i))
		all, good = append(all, v), good && ok
	}
	return all, good
}

func (d *decoder) integers(n *yaml.Node, path string) ([]int, bool) {
	return list(d, n, path, d.integer)
}

// into returns a reader that stores what read yields; null leaves the target alone.
func into[T any](target *T, read func(*yaml.Node, string) (T, bool)) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Tag == "!!null" {
			return
		}
		if v, ok := read(n, path); ok {
			*target = v
		}
	}
}

// intoList is into for lists.
func intoList[T any](d *decoder, target *[]T, read func(*yaml.Node, string) (T, bool)) func(*yaml.Node, string) {
	return into(target, func(n *yaml.Node, path string) ([]T, bool) { return list(d, n, path, read) })
}

// intoArray is into for a list of exactly three.
func intoArray[T any](d *decoder, target *[3]T, read func(*yaml.Node, string) (T, bool)) func(*yaml.Node, string) {
	return into(target, func(n *yaml.Node, path string) (a [3]T, ok bool) {
		v, ok := list(d, n, path, read)
		if ok && len(v) != 3 {
			d.fail(n, path, "has %d numbers; want 3, one per axis", len(v))
			return a, false
		}
		copy(a[:], v)
		return a, ok
	})
}
