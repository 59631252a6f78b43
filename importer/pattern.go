package importer

import (
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// Pattern matches paths of a source. It is compared with the end of a path, whole folders at a time, since
// people unpack archives where they like:
//
//	volume-{n}.nii(.gz)?           {n} is any part of a name, remembered
//	Case{n:[0-9]+}.mhd             {n:...} is a regular expression
//	{case}/{case}_t1.nii.gz        both must be equal
//	{case}/**/Ground/              ** is any number of folders; a pattern that ends in / means a folder
//	(BRATS|BraTS)*.nii             groups, * within a name
//
// Letter case does not matter.
type Pattern struct {
	text  string
	re    *regexp.Regexp
	names []string // of the groups
}

// Patterns are alternatives.
type Patterns []*Pattern

// UnmarshalYAML reads one pattern or a list of them.
func (p *Patterns) UnmarshalYAML(node *yaml.Node) error {
	var texts []string
	if node.Kind == yaml.ScalarNode {
		texts = []string{node.Value}
	} else if err := node.Decode(&texts); err != nil {
		return err
	}
	for _, t := range texts {
		compiled, err := compile(t)
		if err != nil {
			return err
		}
		*p = append(*p, compiled)
	}
	return nil
}

// folder reports whether a pattern means folders.
func (p *Pattern) folder() bool { return strings.HasSuffix(p.text, "/") }

func compile(text string) (*Pattern, error) {
	p := &Pattern{text: text}
	var b strings.Builder
	b.WriteString("(?i)(?:^|/)")
	for rest := text; rest != ""; {
		switch {
		case strings.HasPrefix(rest, "**/"):
			b.WriteString("(?:[^/]+/)*")
			rest = rest[3:]
		case rest[0] == '*':
			b.WriteString("[^/]*")
			rest = rest[1:]
		case rest[0] == '{':
			name, after, err := placeholder(rest)
			if err != nil {
				return nil, fmt.Errorf("pattern %q: %w", text, err)
			}
			name, expression, found := strings.Cut(name, ":")
			if !found {
				expression = "[^/]+?"
			}
			p.names = append(p.names, name)
			b.WriteString("(" + expression + ")")
			rest = after
		case rest[0] == '(':
			b.WriteString("(?:")
			rest = rest[1:]
		case strings.ContainsRune(")|?", rune(rest[0])):
			b.WriteByte(rest[0])
			rest = rest[1:]
		default:
			b.WriteString(regexp.QuoteMeta(rest[:1]))
			rest = rest[1:]
		}
	}
	b.WriteString("$")
	var err error
	if p.re, err = regexp.Compile(b.String()); err != nil {
		return nil, fmt.Errorf("pattern %q: %w", text, err)
	}
	if p.re.NumSubexp() != len(p.names) {
		return nil, fmt.Errorf("pattern %q: groups in an expression must be (?:...)", text)
	}
	return p, nil
}

// placeholder splits "{n:[0-9]{4}}rest" at the brace that closes the first one.
func placeholder(s string) (inside, rest string, err error) {
	depth := 0
	for i, r := range s {
		switch r {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return s[1:i], s[i+1:], nil
			}
		}
	}
	return "", "", fmt.Errorf("the brace of %q is not closed", s)
}

// values are what the placeholders of a pattern stood for.
type values map[string]string

// match compares a path with the pattern.
func (p *Pattern) match(path string) (values, bool) {
	found := p.re.FindStringSubmatch(path)
	if found == nil {
		return nil, false
	}
	v := values{}
	for i, name := range p.names {
		if old, ok := v[name]; ok && old != found[i+1] {
			return nil, false
		}
		v[name] = found[i+1]
	}
	return v, true
}

// fill returns a template with its placeholders replaced, whether it is the name of a case or a pattern to be
// shown to a user.
func (v values) fill(template string) string {
	var b strings.Builder
	for rest := template; rest != ""; {
		if rest[0] != '{' {
			b.WriteByte(rest[0])
			rest = rest[1:]
			continue
		}
		inside, after, err := placeholder(rest)
		if err != nil {
			return b.String() + rest
		}
		name, _, _ := strings.Cut(inside, ":")
		if value, ok := v[name]; ok {
			b.WriteString(value)
		} else {
			b.WriteString("*")
		}
		rest = after
	}
	return b.String()
}

// wanted returns a pattern as a user reads it: placeholders filled, the first of several alternatives, endings that
// may be left out with it.
func (v values) wanted(p *Pattern) string {
	text := v.fill(p.text)
	text = alternative.ReplaceAllString(text, "$1")
	return strings.ReplaceAll(strings.ReplaceAll(text, "**/", ""), "?", "")
}

var alternative = regexp.MustCompile(`\(([^()|]*)[^()]*\)\??`)
