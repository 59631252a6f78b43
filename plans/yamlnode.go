package plans

import (
	"math"
	"sort"
	"strconv"

	"github.com/autoseg/autoseg/internal/jsonx"
	"gopkg.in/yaml.v3"
)

// mapping builds a YAML mapping key by key.
type mapping struct{ node yaml.Node }

func newMapping(style yaml.Style) *mapping {
	return &mapping{yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: style}}
}

func (m *mapping) set(key string, value *yaml.Node) *mapping {
	m.node.Content = append(m.node.Content, textNode(key), value)
	return m
}

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func textNode(s string) *yaml.Node { return scalar("!!str", s) }
func integerNode(v int) *yaml.Node { return scalar("!!int", strconv.Itoa(v)) }
func truthNode(v bool) *yaml.Node  { return scalar("!!bool", strconv.FormatBool(v)) }
func optionalNode(v *bool) *yaml.Node {
	if v == nil {
		return scalar("!!null", "null")
	}
	return truthNode(*v)
}

// numberNode writes a float as Python does, so that both forms of a plan show the same digits; YAML
// has its own words for what is not finite.
func numberNode(v float64) *yaml.Node {
	switch {
	case math.IsNaN(v):
		return scalar("!!float", ".nan")
	case math.IsInf(v, 1):
		return scalar("!!float", ".inf")
	case math.IsInf(v, -1):
		return scalar("!!float", "-.inf")
	}
	return scalar("!!float", jsonx.Float(v))
}

// listNode writes a list on one line.
func listNode[T any](values []T, write func(T) *yaml.Node) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	for _, v := range values {
		n.Content = append(n.Content, write(v))
	}
	return n
}

func integersNode(v []int) *yaml.Node { return listNode(v, integerNode) }

// optionsNode writes the options of a family, sorted by name.
func optionsNode(options map[string]any) *yaml.Node {
	keys := make([]string, 0, len(options))
	for k := range options {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	m := newMapping(yaml.FlowStyle)
	for _, k := range keys {
		m.set(k, optionNode(options[k]))
	}
	return &m.node
}

func optionNode(v any) *yaml.Node {
	switch v := v.(type) {
	case int:
		return integerNode(v)
	case float64:
		return numberNode(v)
	case bool:
		return truthNode(v)
	case string:
		return textNode(v)
	case []int:
		return integersNode(v)
	case []any:
		return listNode(v, optionNode)
	}
	panic("plans: an option of an architecture is neither number, word, truth value nor a list of these")
}
