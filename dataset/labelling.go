package dataset

import (
	"fmt"
	"slices"
	"sort"
)

// MaxLabel is the largest label value: preprocessed labels are int16, as nnU-Net's are.
const MaxLabel = 32767

// Region is one named entry of the labels of a dataset: the label values it covers. Ordinary labels
// are regions of one value.
type Region struct {
	Name   string
	Labels []int
	// List says that dataset.json writes the values as a list, even if there is only one.
	List bool
}

// Labelling is the meaning of label values. Make one with NewLabelling, which checks the rules that
// every method relies on.
type Labelling struct {
	entries []Region
	order   []int // regions_class_order
}

// NewLabelling returns the labelling with the given entries in their order of declaration.
// The order says, per region, which label value a decoded region becomes; it is nil without regions.
func NewLabelling(entries []Region, order []int) (Labelling, error) {
	l := Labelling{entries: entries, order: order}
	return l, l.validate()
}

// Declared returns every entry in the order of declaration: background, labels, regions, ignore.
func (l Labelling) Declared() []Region { return l.entries }

// Entries returns the number of entries, background, ignore and each region included. The planner
// counts network outputs with it (nnU-Net: len(labels)).
func (l Labelling) Entries() int { return len(l.entries) }

// HasRegions reports whether some entry covers more than one label value.
func (l Labelling) HasRegions() bool {
	return slices.ContainsFunc(l.entries, func(r Region) bool { return len(r.Labels) > 1 })
}

// Ignore returns the value of voxels that are not annotated, if the dataset has one.
func (l Labelling) Ignore() (int, bool) {
	for _, r := range l.entries {
		if r.Name == "ignore" {
			return r.Labels[0], true
		}
	}
	return 0, false
}

// All returns every label value in ascending order, background included, without the ignore label.
func (l Labelling) All() []int {
	var all []int
	for _, r := range l.entries {
		if r.Name != "ignore" {
			all = append(all, r.Labels...)
		}
	}
	sort.Ints(all)
	return slices.Compact(all)
}

// Foreground returns every label value but background and ignore, in ascending order.
func (l Labelling) Foreground() []int {
	return slices.DeleteFunc(l.All(), func(v int) bool { return v == 0 })
}

// Regions returns the regions that a network with regions predicts, in the order of declaration:
// every entry but ignore and those that cover only the background. It is nil without regions.
func (l Labelling) Regions() []Region {
	if !l.HasRegions() {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(l.entries), func(r Region) bool {
		return r.Name == "ignore" || !slices.ContainsFunc(r.Labels, func(v int) bool { return v != 0 })
	})
}

// Order returns, per region, the label value that voxels of the region get; later regions win. It
// is nil without regions.
func (l Labelling) Order() []int {
	if !l.HasRegions() {
		return nil
	}
	return l.order
}

// Heads returns the number of network outputs: one per region, else one per label value.
func (l Labelling) Heads() int {
	if l.HasRegions() {
		return len(l.Regions())
	}
	return len(l.All())
}

// Name returns the name of a label value: that of the first entry that is just this value, or
// "label N".
func (l Labelling) Name(value int) string {
	for _, r := range l.entries {
		if len(r.Labels) == 1 && r.Labels[0] == value {
			return r.Name
		}
	}
	return fmt.Sprintf("label %d", value)
}

// validate checks the rules of nnU-Net's LabelManager.
func (l Labelling) validate() error {
	names := map[string]bool{}
	for _, r := range l.entries {
		if names[r.Name] {
			return fmt.Errorf("labels: %q is declared twice", r.Name)
		}
		names[r.Name] = true
		if len(r.Labels) == 0 {
			return fmt.Errorf("labels: %q has no value", r.Name)
		}
		for _, v := range r.Labels {
			if v < 0 || v > MaxLabel {
				return fmt.Errorf("labels: %q has value %d, want 0 to %d", r.Name, v, MaxLabel)
			}
		}
	}
	background := slices.IndexFunc(l.entries, func(r Region) bool { return r.Name == "background" })
	if background < 0 {
		return fmt.Errorf(`labels: "background" is missing, it must be there with value 0`)
	}
	if b := l.entries[background]; b.List || b.Labels[0] != 0 {
		return fmt.Errorf(`labels: "background" is %v, want the single number 0`, b.Labels)
	}
	if err := l.validateIgnore(); err != nil {
		return err
	}
	return l.validateOrder()
}

func (l Labelling) validateIgnore() error {
	i := slices.IndexFunc(l.entries, func(r Region) bool { return r.Name == "ignore" })
	if i < 0 {
		return nil
	}
	all := l.All()
	highest := all[len(all)-1]
	if r := l.entries[i]; r.List || r.Labels[0] != highest+1 {
		return fmt.Errorf(`labels: "ignore" is %v, want the single number %d, one more than the highest label`, r.Labels, highest+1)
	}
	return nil
}

func (l Labelling) validateOrder() error {
	if !l.HasRegions() {
		return nil
	}
	if n := len(l.Regions()); len(l.order) != n {
		return fmt.Errorf("regions_class_order has %d values, want %d, one for each region in the order of labels", len(l.order), n)
	}
	for _, v := range l.order {
		if v < 0 || v > MaxLabel {
			return fmt.Errorf("regions_class_order has value %d, want 0 to %d", v, MaxLabel)
		}
	}
	return nil
}
