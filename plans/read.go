package plans

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"unicode/utf8"

	"github.com/autoseg/autoseg/internal/fault"
	"gopkg.in/yaml.v3"
)

// Read reads a plan file, ours in YAML or nnU-Net's in JSON, and validates it. Every finding names
// file, line and field; they are all bad input by package fault.
func Read(path string) (*Plans, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("read plan: %w", err))
	}
	return Parse(path, data)
}

// Parse is Read for a file's content that is in memory; name stands for the file in messages.
func Parse(name string, data []byte) (*Plans, error) {
	d := &decoder{file: name, lines: map[string]int{}}
	p, err := d.decode(data)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%s: %w", name, err))
	}
	p.file, p.lines = d.file, d.lines
	if findings := append(d.findings, p.validate(d.failed)...); len(findings) > 0 {
		return nil, fault.Input(errors.Join(findings...))
	}
	return p, nil
}

// decode reads a plan without the checks across fields. A document that begins with a brace is
// nnU-Net's JSON.
func (d *decoder) decode(data []byte) (*Plans, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return nil, errors.New("the plan is not UTF-8 text; give a plan.yaml or nnU-Net's plans.json")
	}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		root, err := jsonNode(data)
		if err != nil {
			return nil, err
		}
		return d.nnunet(root), nil
	}
	document, err := yamlNode(data)
	if err != nil {
		return nil, err
	}
	d.strict = true
	p := d.plan(document.Content[0])
	p.notes = harvest(document)
	p.Reasons = p.notes.reasons()
	return p, nil
}

// yamlNode parses the one document of a YAML text. Anchors and aliases are refused: a plan has no
// use for them, and nested ones can make a small file arbitrarily large.
func yamlNode(data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document yaml.Node
	if err := decoder.Decode(&document); err != nil {
		return nil, fmt.Errorf("not a plan: %w", err)
	}
	if len(document.Content) != 1 {
		return nil, errors.New("not a plan: the file is empty")
	}
	if err := decoder.Decode(new(yaml.Node)); err == nil {
		return nil, errors.New("not a plan: the file holds more than one YAML document")
	}
	return &document, refuseAliases(&document)
}

func refuseAliases(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return fmt.Errorf("line %d: anchors and aliases are not allowed in a plan; write the value out", n.Line)
	}
	for _, c := range n.Content {
		if err := refuseAliases(c); err != nil {
			return err
		}
	}
	return nil
}
