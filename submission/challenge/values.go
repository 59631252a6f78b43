package challenge

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/dataset"
)

// values returns the challenge's value of every label value that a prediction may have.
func (t Target) values(l *dataset.Labelling, given map[int]int) (map[int]uint16, error) {
	m := map[int]uint16{0: 0}
	if len(given) > 0 {
		return m, t.checkGiven(l, given, m)
	}
	if t.Structures == nil {
		for _, v := range l.All() {
			m[v] = uint16(v)
		}
		return m, nil
	}
	if t.Name == "brats" && nested(l, m) {
		return m, nil
	}
	return m, t.byName(l, m)
}

// checkGiven takes the values that the user gave.
func (t Target) checkGiven(l *dataset.Labelling, given map[int]int, m map[int]uint16) error {
	known := l.All()
	var findings []error
	for from, to := range given {
		if !slices.Contains(known, from) {
			findings = append(findings, fmt.Errorf("values: the dataset has no label %d", from))
		}
		if to < 0 || to > 65535 || t.Structures != nil && to != 0 && !slices.ContainsFunc(t.Structures, func(s Structure) bool { return int(s.Value) == to }) {
			findings = append(findings, fmt.Errorf("values: %s has no value %d; it has %v", t.Title, to, t.allowed()))
		}
		m[from] = uint16(to)
	}
	return errors.Join(findings...)
}

func (t Target) allowed() []int {
	all := []int{0}
	for _, s := range t.Structures {
		all = append(all, int(s.Value))
	}
	slices.Sort(all)
	return all
}

// byName finds the structure of every label by its name. Where names say nothing, values that are the
// challenge's own are kept.
func (t Target) byName(l *dataset.Labelling, m map[int]uint16) error {
	var unknown []string
	foreign := false
	for _, v := range l.Foreground() {
		if s, ok := t.structure(l.Name(v)); ok {
			m[v] = s.Value
			continue
		}
		m[v] = uint16(v)
		unknown = append(unknown, fmt.Sprintf("%d %q", v, l.Name(v)))
		foreign = foreign || !slices.Contains(t.allowed(), v)
	}
	// A name that is known and one that is not would mix two numberings.
	if foreign || len(unknown) > 0 && len(unknown) < len(l.Foreground()) {
		return fmt.Errorf("%s has the values %v, and it is unclear which of them the labels %s are; say it with --values, for example %d=%d",
			t.Title, t.allowed(), strings.Join(unknown, ", "), l.Foreground()[0], t.Structures[0].Value)
	}
	return nil
}

func (t Target) structure(label string) (Structure, bool) {
	label = strings.ToLower(label)
	for _, s := range t.Structures {
		for _, word := range s.Words {
			if containsAll(label, strings.Split(word, "+")) {
				return s, true
			}
		}
	}
	return Structure{}, false
}

func containsAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}

// nested recognises the three regions of BraTS, each inside the one before: whole tumour, tumour core,
// enhancing tumour. A label of all three is enhancing tumour (4), of the outer two necrosis (1), of the
// whole tumour only edema (2).
func nested(l *dataset.Labelling, m map[int]uint16) bool {
	if !l.HasRegions() || len(l.Regions()) != 3 {
		return false
	}
	depth := map[int]int{}
	for _, r := range l.Regions() {
		for _, v := range r.Labels {
			depth[v]++
		}
	}
	seen := map[int]bool{}
	for v, d := range depth {
		m[v] = map[int]uint16{1: 2, 2: 1, 3: 4}[d]
		seen[d] = true
	}
	return len(depth) == 3 && len(seen) == 3
}
