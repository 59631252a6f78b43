package plans

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/internal/fault"
)

// Validate checks every field and every rule across fields. All findings are returned, joined, each
// with the field and, for plans that were read from a file, with file and line.
func (p *Plans) Validate() error { return fault.Input(errors.Join(p.validate(nil)...)) }

// validate returns the findings, except about fields that could not even be read.
func (p *Plans) validate(unread []string) []error {
	v := &validator{plans: p, unread: unread}
	v.dataset()
	if len(p.Configurations) == 0 {
		v.fail("configurations", "is empty; a plan needs at least one configuration")
	}
	names := map[string]bool{}
	for _, c := range p.Configurations {
		if names[c.Name] {
			v.fail(join("configurations", c.Name), "is there twice; keep one of them")
		}
		names[c.Name] = true
		v.configuration(c)
	}
	return v.findings
}

type validator struct {
	plans    *Plans
	unread   []string
	findings []error
}

// isUnread reports whether a field, something around it or something in it could not be read.
func (v *validator) isUnread(path string) bool {
	within := func(a, b string) bool {
		return a == b || strings.HasPrefix(a, b+".") || strings.HasPrefix(a, b+"[")
	}
	return slices.ContainsFunc(v.unread, func(u string) bool { return u == "" || within(path, u) || within(u, path) })
}

// fail records a finding. The line is that of the field, or of the nearest object around it.
func (v *validator) fail(path, format string, args ...any) {
	if v.isUnread(path) {
		return
	}
	line := 0
	for at := path; line == 0 && at != ""; at = parent(at) {
		line = v.plans.lines[at]
	}
	v.findings = append(v.findings, finding(v.plans.file, line, path, fmt.Sprintf(format, args...)))
}

// parent cuts the last element off a path: a.b[2] -> a.b -> a -> "".
func parent(path string) string { return path[:max(0, strings.LastIndexAny(path, ".["))] }

func (v *validator) dataset() {
	p := v.plans
	if !isPermutation(p.TransposeForward) {
		v.fail("transpose_forward", "is %v; want the axes 0, 1, 2 in some order", p.TransposeForward)
	} else {
		for i, axis := range p.TransposeForward {
			if p.TransposeBackward[axis] != i {
				v.fail("transpose_backward", "is %v; want the inverse of transpose_forward %v", p.TransposeBackward, p.TransposeForward)
				break
			}
		}
	}
	for _, s := range p.MedianSpacing {
		if !(s >= 0) || math.IsInf(s, 0) {
			v.fail("original_median_spacing_after_transp", "holds %v; want positive numbers of mm", s)
		}
	}
	if p.Network != "" && !slices.Contains(Families, p.Network) {
		v.fail("network", "is %q; want one of %s", p.Network, strings.Join(Families, ", "))
	}
	if !(p.MemoryGB >= 0) || math.IsInf(p.MemoryGB, 0) {
		v.fail("memory_gb", "is %v; want a positive number", p.MemoryGB)
	}
	for c, i := range p.Intensities {
		if i.Percentile005 > i.Percentile995 {
			v.fail(fmt.Sprintf("foreground_intensity_properties_per_channel.%d", c),
				"has percentile_00_5 %v above percentile_99_5 %v", i.Percentile005, i.Percentile995)
		}
		if i.Std < 0 {
			v.fail(fmt.Sprintf("foreground_intensity_properties_per_channel.%d.std", c), "is %v; a standard deviation is not negative", i.Std)
		}
	}
}

func isPermutation(axes [3]int) bool {
	seen := [3]bool{}
	for _, a := range axes {
		if a < 0 || a > 2 || seen[a] {
			return false
		}
		seen[a] = true
	}
	return true
}

// at returns the path of a configuration's field; an inherited one is named where it is written.
func (v *validator) at(c *Configuration, key string) string {
	for range v.plans.Configurations {
		path := join("configurations", c.Name+"."+key)
		base := v.plans.find(c.InheritsFrom)
		if v.plans.lines[path] > 0 || base == nil {
			return path
		}
		c = base
	}
	return join("configurations", c.Name+"."+key)
}

func (v *validator) configuration(own *Configuration) {
	at := func(key string) string { return v.at(own, key) }
	c, err := v.plans.resolve(own.Name, nil)
	if err != nil {
		v.fail(at("inherits_from"), "does not work: %v", err)
		return
	}
	dimensions := len(c.PatchSize)
	if dimensions != 2 && dimensions != 3 {
		v.fail(at("patch_size"), "has %d numbers; want 2 for a 2D network or 3 for a 3D network", dimensions)
		return
	}
	v.positive(at("patch_size"), c.PatchSize)
	if c.BatchSize < 1 {
		v.fail(at("batch_size"), "is %d; want at least 1", c.BatchSize)
	}
	v.lengths(at("spacing"), c.Spacing, dimensions)
	if len(c.MedianShape) > 0 {
		v.lengths(at("median_image_size_in_voxels"), c.MedianShape, dimensions)
	}
	v.normalisation(at, c)
	v.resampling(at("resampling_data"), c.ResampleData)
	v.resampling(at("resampling_seg"), c.ResampleLabels)
	v.resampling(at("resampling_probabilities"), c.ResampleProbabilities)
	v.loss(at("loss"), &c.Loss)
	v.optimiser(at("optimizer"), &c.Optimiser)
	v.schedule(at("schedule"), &c.Schedule)
	v.stage(at("next_stage"), c.NextStage)
	v.stage(at("previous_stage"), c.PreviousStage)
	v.architecture(func(key string) string { return at(join("architecture", key)) }, c)
}

func (v *validator) positive(path string, numbers []int) {
	for i, n := range numbers {
		if n < 1 || n > 1<<20 {
			v.fail(fmt.Sprintf("%s[%d]", path, i), "is %d; want a number from 1 to %d", n, 1<<20)
		}
	}
}

// lengths checks a list with one positive, finite number per axis.
func (v *validator) lengths(path string, numbers []float64, dimensions int) {
	if len(numbers) != dimensions {
		v.fail(path, "has %d numbers; want %d, as patch_size has", len(numbers), dimensions)
		return
	}
	for i, n := range numbers {
		if !(n > 0) || math.IsInf(n, 0) {
			v.fail(fmt.Sprintf("%s[%d]", path, i), "is %v; want a positive number", n)
		}
	}
}

var schemes = []Scheme{CT, ZScore, None, RescaleTo1, RGBTo1}

func (v *validator) normalisation(at func(string) string, c *Configuration) {
	path := at("normalization_schemes")
	channels := len(v.plans.Intensities)
	if len(c.Normalisation) == 0 {
		v.fail(path, "is empty; want one scheme per channel")
	} else if channels > 0 && len(c.Normalisation) != channels {
		v.fail(path, "has %d entries; want %d, one per channel", len(c.Normalisation), channels)
	}
	for i, n := range c.Normalisation {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case !slices.Contains(schemes, n.Scheme):
			v.fail(at, "is %q; want one of %s", n.Scheme, joinWords(schemes))
		case n.Scheme == CT && i >= channels:
			v.fail(at, "is %s, which needs foreground_intensity_properties_per_channel.%d", n.Scheme, i)
		}
	}
}

func joinWords[T ~string](words []T) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return strings.Join(all, ", ")
}

func (v *validator) resampling(path string, r Resampling) {
	known := []string{SplineResampling, TorchResampling, NoResampling}
	if !slices.Contains(known, r.Function) {
		v.fail(path, "has the function %q; want one of %s", r.Function, strings.Join(known, ", "))
	}
	if r.Order < 0 || r.Order > 5 || r.OrderZ < 0 || r.OrderZ > 5 {
		v.fail(path, "has the spline orders %d and %d; want numbers from 0 to 5", r.Order, r.OrderZ)
	}
}

// stage checks a link between the two networks of a cascade.
func (v *validator) stage(path, name string) {
	if name != "" && v.plans.find(name) == nil {
		v.fail(path, "is %q, which is no configuration of this plan (%s)", name, strings.Join(v.plans.Names(), ", "))
	}
}
