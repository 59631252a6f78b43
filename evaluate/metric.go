package evaluate

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Metric is a number that counts of one class in one case give.
type Metric struct {
	// Name is the key in summary.json.
	Name string
	// Whole says that the metric is a number of voxels: whole in a case, fractional in a mean.
	Whole bool
	// Of computes it.
	Of func(Counts) float64
}

// Metrics lists the overlap metrics. The first eight are nnU-Net's.
func Metrics() []Metric {
	return []Metric{
		{"Dice", false, Counts.Dice},
		{"IoU", false, Counts.Jaccard},
		{"TP", true, func(c Counts) float64 { return float64(c.TP) }},
		{"FP", true, func(c Counts) float64 { return float64(c.FP) }},
		{"FN", true, func(c Counts) float64 { return float64(c.FN) }},
		{"TN", true, func(c Counts) float64 { return float64(c.TN) }},
		{"n_pred", true, func(c Counts) float64 { return float64(c.Predicted()) }},
		{"n_ref", true, func(c Counts) float64 { return float64(c.Reference()) }},
		{"Jaccard", false, Counts.Jaccard},
		{"Accuracy", false, Counts.Accuracy},
		{"Recall", false, Counts.Recall},
		{"Specificity", false, Counts.Specificity},
		{"Precision", false, Counts.Precision},
		{"VolumeDifference", false, Counts.VolumeDifference},
	}
}

// SurfaceMetric is a number that the surfaces of one class in one case give.
type SurfaceMetric struct {
	// Name is the key in summary.json.
	Name string
	// Of computes it.
	Of func(*Surfaces, SurfaceOptions) float64
}

// SurfaceMetrics lists the metrics of surfaces. S2S is another name for ASSD.
func SurfaceMetrics() []SurfaceMetric {
	assd := func(s *Surfaces, _ SurfaceOptions) float64 { return s.ASSD() }
	return []SurfaceMetric{
		{"HD", func(s *Surfaces, _ SurfaceOptions) float64 { return s.Hausdorff() }},
		{"HD95", func(s *Surfaces, _ SurfaceOptions) float64 { return s.Percentile(95) }},
		{"ASSD", assd},
		{"S2S", assd},
		{"AVD", func(s *Surfaces, o SurfaceOptions) float64 { return s.AverageHausdorff(o.AVD) }},
		{"SurfaceDice", func(s *Surfaces, o SurfaceOptions) float64 { return s.SurfaceDice(o.Tolerance) }},
	}
}

// MetricNames lists the keys of all metrics in the order of tables.
func MetricNames() []string {
	var names []string
	for _, m := range Metrics() {
		names = append(names, m.Name)
	}
	for _, m := range SurfaceMetrics() {
		names = append(names, m.Name)
	}
	return names
}

// isWhole reports whether a metric is a number of voxels.
func isWhole(name string) bool {
	for _, m := range Metrics() {
		if m.Name == name {
			return m.Whole
		}
	}
	return false
}

// LowerIsBetter reports whether a metric is a distance.
func LowerIsBetter(name string) bool {
	return slices.Contains([]string{"HD", "HD95", "ASSD", "S2S", "AVD"}, name)
}

// mean returns the mean of the values that are numbers, NaN when none is. Infinity counts: a missed
// organ must not improve a mean.
func mean(values []float64) float64 {
	var defined []float64
	for _, v := range values {
		if !math.IsNaN(v) {
			defined = append(defined, v)
		}
	}
	if len(defined) == 0 {
		return math.NaN()
	}
	return stat.Mean(defined, nil)
}
