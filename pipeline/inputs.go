package pipeline

import (
	"fmt"
	"slices"
)

// inputs collects what the results of a stage depend on: a name for people and a digest for each.
type inputs map[string]string

// value adds something that JSON can write.
func (in inputs) value(name string, v any) error {
	sum, err := digest(v)
	if err != nil {
		return fmt.Errorf("digest of %s: %w", name, err)
	}
	in[name] = sum
	return nil
}

// values adds several at once.
func (in inputs) values(all map[string]any) error {
	for name, v := range all {
		if err := in.value(name, v); err != nil {
			return err
		}
	}
	return nil
}

// key returns the digest of all inputs.
func (in inputs) key() string {
	sum, err := digest(map[string]string(in))
	if err != nil {
		panic("BUG: pipeline: strings cannot be digested: " + err.Error())
	}
	return sum
}

// changes names what differs between the inputs of an earlier run and in, sorted.
func (in inputs) changes(earlier inputs) []string {
	var names []string
	for name, sum := range in {
		if earlier[name] != sum {
			names = append(names, name)
		}
	}
	for name := range earlier {
		if _, still := in[name]; !still {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
