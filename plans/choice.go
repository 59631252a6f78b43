package plans

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/internal/nearest"
	"gopkg.in/yaml.v3"
)

// A choice is a thing of a plan that is chosen by name and has parameters of its own: the loss, the
// optimiser, the schedule. In a file it is the name alone, or a mapping with the name and whatever
// parameters do not have their usual values.

// parameter is a number that a choice has: its key, its usual value and the range it lies in.
type parameter struct {
	key              string
	usual, low, high float64
}

// usual gives every parameter of a choice its usual value. number returns the place of a parameter.
func usual(all map[string][]parameter, name string, number func(key string) *float64) error {
	parameters, known := all[name]
	if !known {
		names := slices.Sorted(maps.Keys(all))
		hint := ""
		if word := nearest.Word(name, names); word != "" {
			hint = "; did you mean " + word + "?"
		}
		return fmt.Errorf("is %q; want one of %s%s", name, strings.Join(names, ", "), hint)
	}
	for _, p := range parameters {
		*number(p.key) = p.usual
	}
	return nil
}

// choice reads a choice. choose gets the name first, wherever it stands, and returns the parameters that
// may stand beside it.
func (d *decoder) choice(n *yaml.Node, path string, all map[string][]parameter, choose func(name string) ([]field, error)) {
	nameNode, at := n, path
	if n.Kind == yaml.MappingNode {
		nameNode = nil
		for key, value := range d.pairs(n, path) {
			if key.Value == "name" {
				nameNode, at = value, join(path, "name")
			}
		}
		if nameNode == nil {
			d.fail(n, path, "has no name; want one of %s", strings.Join(slices.Sorted(maps.Keys(all)), ", "))
			return
		}
	}
	name, ok := d.text(nameNode, at)
	if !ok {
		return
	}
	fields, err := choose(name)
	switch {
	case err != nil:
		d.fail(nameNode, at, "%v", err)
	case n.Kind == yaml.MappingNode:
		d.object(n, path, append(fields, field{"name", func(*yaml.Node, string) {}}))
	}
}

// numbers lists the keys of parameters.
func (d *decoder) numbers(parameters []parameter, number func(key string) *float64) []field {
	var fields []field
	for _, p := range parameters {
		fields = append(fields, field{p.key, into(number(p.key), d.number)})
	}
	return fields
}

// choice checks a name and the ranges of its parameters, and reports whether there is anything else to
// check.
func (v *validator) choice(path, name string, all map[string][]parameter, number func(key string) *float64) bool {
	parameters, known := all[name]
	if !known {
		if name != "" {
			v.fail(join(path, "name"), "is %q; want one of %s", name, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
		}
		return false
	}
	for _, p := range parameters {
		if x := *number(p.key); !(x >= p.low && x <= p.high) {
			v.fail(join(path, p.key), "is %v; want a number from %g to %g", x, p.low, p.high)
		}
	}
	return true
}

// choiceNode writes a name and the parameters that belong to it.
func choiceNode(name string, all map[string][]parameter, number func(key string) *float64) *mapping {
	m := newMapping(yaml.FlowStyle).set("name", textNode(name))
	for _, p := range all[name] {
		m.set(p.key, numberNode(*number(p.key)))
	}
	return m
}
