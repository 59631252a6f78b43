package dataset

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/autoseg/autoseg/internal/parallel"
)

// renumber closes gaps between declared labels and turns an undeclared 255 into the ignore label.
func (f *fixer) renumber(ctx context.Context, workers int) error {
	l := f.d.Labelling
	for i, v := range l.All() {
		if v != i {
			f.remap[v] = i
		}
	}
	highest := len(l.All())
	_, hasIgnore := l.Ignore()
	if v, ok := l.Ignore(); ok && v != highest {
		f.remap[v] = highest
	}
	unannotated := false
	if !hasIgnore && !slices.Contains(l.All(), 255) {
		var err error
		if unannotated, err = f.occurs(ctx, workers, 255); err != nil {
			return err
		}
	}
	entries := make([]Region, len(l.entries))
	for i, r := range l.entries {
		entries[i] = Region{Name: r.Name, List: r.List}
		for _, v := range r.Labels {
			entries[i].Labels = append(entries[i].Labels, f.value(v))
		}
	}
	if unannotated {
		f.remap[255] = highest
		entries = append(entries, Region{Name: "ignore", Labels: []int{highest}})
	}
	order := make([]int, len(l.order))
	for i, v := range l.order {
		order[i] = f.value(v)
	}
	f.describe()
	var err error
	f.labelling, err = NewLabelling(entries, order)
	return err
}

func (f *fixer) value(v int) int {
	if to, ok := f.remap[v]; ok {
		return to
	}
	return v
}

func (f *fixer) describe() {
	var from []int
	for v := range f.remap {
		from = append(from, v)
	}
	sort.Ints(from)
	for _, v := range from {
		what := fmt.Sprintf("label %d (%s) became %d", v, f.d.Labelling.Name(v), f.remap[v])
		if v == 255 && !slices.Contains(f.d.Labelling.All(), v) {
			what = fmt.Sprintf("undeclared label 255 became %d, the ignore label", f.remap[v])
		}
		f.relabelled = append(f.relabelled, Repair{File: "dataset.json", What: what})
	}
}

// occurs reports whether any label file has a value.
func (f *fixer) occurs(ctx context.Context, workers int, value uint16) (bool, error) {
	found := make([]bool, len(f.d.Cases))
	err := parallel.Each(ctx, workers, len(f.d.Cases), func(_, i int) error {
		if labels, err := f.formats.ReadLabels(f.d.Cases[i].Labels); err == nil {
			found[i] = slices.Contains(labels.Data, value)
		}
		return nil
	})
	return slices.Contains(found, true), err
}
