package evaluate

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/dataset"
)

// Labels returns the classes of plain label values.
func Labels(values []int) []Class {
	classes := make([]Class, len(values))
	for i, v := range values {
		classes[i] = Class{strconv.Itoa(v), []int{v}}
	}
	return classes
}

// Classes returns what a dataset is evaluated by: its foreground labels, or its regions, and the
// ignore label or NoIgnore.
func Classes(l dataset.Labelling) (classes []Class, ignore int) {
	ignore, has := l.Ignore()
	if !has {
		ignore = NoIgnore
	}
	if !l.HasRegions() {
		return Labels(l.Foreground()), ignore
	}
	for _, r := range l.Regions() {
		classes = append(classes, region(r))
	}
	return classes, ignore
}

// region names a region as nnU-Net's summary does: a scalar by its value, a list as Python's tuple.
func region(r dataset.Region) Class {
	if !r.List && len(r.Labels) == 1 {
		return Class{strconv.Itoa(r.Labels[0]), r.Labels}
	}
	fields := make([]string, len(r.Labels))
	for i, v := range r.Labels {
		fields[i] = strconv.Itoa(v)
	}
	if len(fields) == 1 {
		return Class{fmt.Sprintf("(%s,)", fields[0]), r.Labels}
	}
	return Class{"(" + strings.Join(fields, ", ") + ")", r.Labels}
}
