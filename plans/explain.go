package plans

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"gopkg.in/yaml.v3"
)

// Decision is one field of a plan with the reason behind its value.
type Decision struct {
	// Field is the path of the field in the YAML form.
	Field string `json:"field"`
	// Value is the value as the YAML form shows it; "" for fields that hold others.
	Value string `json:"value"`
	// Reason is the sentence that goes with it, or "".
	Reason string `json:"reason,omitempty"`
}

// Decisions lists all fields in the order of the YAML form.
func (p *Plans) Decisions() []Decision {
	var all []Decision
	p.collect(&all, "", p.tree())
	return all
}

func (p *Plans) collect(all *[]Decision, path string, n *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		value := n.Content[i+1]
		d := Decision{Field: join(path, n.Content[i].Value)}
		d.Reason = p.Reasons[d.Field]
		nested := value.Kind == yaml.MappingNode && value.Style&yaml.FlowStyle == 0
		if !nested {
			d.Value = oneLine(value)
		}
		*all = append(*all, d)
		if nested {
			p.collect(all, d.Field, value)
		}
	}
}

// oneLine writes a value as YAML on one line.
func oneLine(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		parts := make([]string, len(n.Content))
		for i, c := range n.Content {
			parts[i] = oneLine(c)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case yaml.MappingNode:
		var parts []string
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, n.Content[i].Value+": "+oneLine(n.Content[i+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return n.Value
}

// Explain writes the plan for a person: every field with its value and, below, the reason for it.
func (p *Plans) Explain(w io.Writer) error {
	b := bufio.NewWriter(w)
	for _, d := range p.Decisions() {
		depth := strings.Count(d.Field, ".")
		indent := strings.Repeat("  ", depth)
		fmt.Fprintf(b, "%s%s", indent, d.Field[strings.LastIndexByte(d.Field, '.')+1:])
		if d.Value != "" {
			fmt.Fprintf(b, " = %s", d.Value)
		}
		b.WriteByte('\n')
		for _, line := range wrap(d.Reason, commentWidth-len(indent)-4) {
			fmt.Fprintf(b, "%s    %s\n", indent, line)
		}
	}
	if len(p.Reasons) == 0 {
		fmt.Fprintln(b, "\nThis plan carries no reasons; nnU-Net's JSON has no place for them. Plan again as YAML to see them.")
	}
	return b.Flush()
}

// wrap breaks a text into lines of at most width characters, but never inside a word.
func wrap(text string, width int) []string {
	var all []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) <= width:
			line += " " + word
		default:
			all = append(all, line)
			line = word
		}
	}
	if line != "" {
		all = append(all, line)
	}
	return all
}
