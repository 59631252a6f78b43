package report

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/fingerprint"
	"github.com/autoseg/autoseg/volume"
)

func datasetFacts(s Source) []fact {
	d := s.Dataset
	var labels []string
	for _, r := range d.Labelling.Declared() {
		labels = append(labels, fmt.Sprintf("%s = %s", r.Name, strings.Trim(fmt.Sprint(r.Labels), "[]")))
	}
	return []fact{
		{"training cases", fmt.Sprint(len(d.Cases))},
		{"test cases", fmt.Sprint(len(d.Test))},
		{"channels", strings.Join(d.Channels, ", ")},
		{"labels", strings.Join(labels, ", ")},
	}
}

// loadFingerprint draws how spacing and size are distributed, axis by axis.
func loadFingerprint(p *page, s Source) error {
	f, err := fingerprint.Read(filepath.Join(s.Run, "dataset_fingerprint.json"))
	if err != nil {
		return err
	}
	spacing := chartGroup{Title: "Spacing", Note: "mm, of the training cases"}
	size := chartGroup{Title: "Size", Note: "voxels after cropping to the nonzero region"}
	for axis, name := range [3]string{"z", "y", "x"} {
		var mm, voxels []float64
		for i := range f.Spacings {
			mm = append(mm, f.Spacings[i][axis])
			voxels = append(voxels, float64(f.Shapes[i][axis]))
		}
		for _, c := range []struct {
			group  *chartGroup
			unit   string
			values []float64
		}{{&spacing, "mm", mm}, {&size, "voxels", voxels}} {
			if err := c.group.histogram(c.unit+" along "+name, name+": "+rangeOf(c.values), c.values, axis); err != nil {
				return err
			}
		}
	}
	p.Charts = append(p.Charts, spacing, size)
	for i, in := range f.Intensities {
		p.Facts = append(p.Facts, fact{fmt.Sprintf("foreground intensity, channel %d", i),
			fmt.Sprintf("mean %.4g ± %.4g, median %.4g, [0.5, 99.5] percentiles %.4g to %.4g, range %.4g to %.4g",
				in.Mean, in.Std, in.Median, in.Percentile005, in.Percentile995, in.Min, in.Max)})
	}
	return nil
}

// rangeOf words the median and the range of values.
func rangeOf(values []float64) string {
	if len(values) == 0 {
		return "no cases"
	}
	v := slices.Sorted(slices.Values(values))
	if v[0] == v[len(v)-1] {
		return fmt.Sprintf("%.4g in all cases", v[0])
	}
	return fmt.Sprintf("median %.4g, %.4g to %.4g", v[len(v)/2], v[0], v[len(v)-1])
}

const (
	// lookedAt is how many cases the histograms of intensities are made of, and sampled how many voxels
	// of each at most: enough for a shape, quick enough for a page.
	lookedAt = 8
	sampled  = 20_000
)

// loadIntensities draws the intensities of the foreground of some cases, channel by channel.
func loadIntensities(p *page, s Source) error {
	if s.Dataset == nil || len(s.Dataset.Cases) == 0 {
		return nil
	}
	cases := s.Dataset.Cases
	n := min(lookedAt, len(cases))
	values := make([][]float64, len(s.Dataset.Channels))
	for i := range n {
		image, labels, err := s.Dataset.Load(cases[i*len(cases)/n])
		if err != nil {
			return err
		}
		for c := range min(len(values), image.Channels) {
			values[c] = append(values[c], foregroundSample(image.Channel(c), labels)...)
		}
	}
	group := chartGroup{Title: "Intensity of the foreground", Note: fmt.Sprintf("a sample of the voxels of %d cases, between the 0.5 and 99.5 percentiles", n)}
	for c, v := range values {
		if v = middle(v); len(v) == 0 {
			continue
		}
		name := fmt.Sprintf("channel %d, %s", c, s.Dataset.Channels[c])
		axis, shown := scaled(v)
		if err := group.histogram(axis, name+": "+rangeOf(v), shown, c); err != nil {
			return err
		}
	}
	if len(group.Charts) > 0 {
		p.Charts = append(p.Charts, group)
	}
	return nil
}

// foregroundSample returns every k-th labelled voxel's value.
func foregroundSample(channel volume.Grid[float32], labels *volume.Labels) []float64 {
	count := 0
	for _, l := range labels.Data {
		if l != 0 {
			count++
		}
	}
	step := count/sampled + 1
	var values []float64
	seen := 0
	for i, l := range labels.Data {
		if l == 0 {
			continue
		}
		if seen++; seen%step == 0 {
			values = append(values, float64(channel.Data[i]))
		}
	}
	return values
}

// skewed is how many times the median the largest value is from which a linear axis shows one bar only.
const skewed = 20

// scaled returns what is drawn of sorted values: themselves, or, where they span orders of magnitude as in
// datasets of several scanners, their logarithms.
func scaled(sorted []float64) (axis string, shown []float64) {
	low, median, high := sorted[0], sorted[len(sorted)/2], sorted[len(sorted)-1]
	if low < 0 || high <= skewed*math.Max(median, 1) {
		return "intensity", sorted
	}
	for _, v := range sorted {
		shown = append(shown, math.Log10(1+v))
	}
	return "log10 of 1 + intensity", shown
}

// middle drops what lies outside the 0.5 and 99.5 percentiles.
func middle(values []float64) []float64 {
	slices.Sort(values)
	cut := len(values) / 200
	return values[cut : len(values)-cut]
}
