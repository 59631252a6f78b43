package plans

import (
	"bytes"
	"strconv"

	"github.com/autoseg/autoseg/internal/jsonx"
	"gopkg.in/yaml.v3"
)

// jsonNode parses JSON into the tree that the YAML parser makes, so that one decoder reads both. (The
// YAML parser itself would take most JSON, but not tabs, NaN or escaped surrogate pairs.)
func jsonNode(data []byte) (*yaml.Node, error) {
	root, err := jsonx.ParseObject(data)
	if err != nil {
		return nil, err
	}
	b := &treeBuilder{lines: keyLines(data), line: 1}
	if b.count(root) != len(b.lines) {
		b.lines = nil // a key that occurs twice: positions can no longer be told
	}
	return b.node(root), nil
}

type treeBuilder struct {
	lines []int // line of every key that is still to come, in the order of the document
	line  int   // line of the latest key
}

func (b *treeBuilder) count(v any) int {
	n := 0
	switch v := v.(type) {
	case *jsonx.Object:
		n = len(v.Members)
		for _, m := range v.Members {
			n += b.count(m.Value)
		}
	case []any:
		for _, e := range v {
			n += b.count(e)
		}
	}
	return n
}

func (b *treeBuilder) node(v any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: b.line}
	switch v := v.(type) {
	case *jsonx.Object:
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
		for _, m := range v.Members {
			if len(b.lines) > 0 {
				b.line, b.lines = b.lines[0], b.lines[1:]
			}
			key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: m.Key, Line: b.line}
			n.Content = append(n.Content, key, b.node(m.Value))
		}
	case []any:
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		for _, e := range v {
			n.Content = append(n.Content, b.node(e))
		}
	case string:
		n.Tag, n.Value = "!!str", v
	case jsonx.Number:
		n.Tag, n.Value = "!!float", string(v)
		if v.IsInt() {
			n.Tag = "!!int"
		}
	case bool:
		n.Tag, n.Value = "!!bool", strconv.FormatBool(v)
	default:
		n.Tag, n.Value = "!!null", "null"
	}
	return n
}

// keyLines returns the line of every object key of a valid JSON text.
func keyLines(data []byte) []int {
	var lines []int
	line := 1
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '\n':
			line++
		case '"':
			for i++; data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
			if rest := bytes.TrimLeft(data[i+1:], " \t\r\n"); len(rest) > 0 && rest[0] == ':' {
				lines = append(lines, line)
			}
		}
	}
	return lines
}
