package evaluate

import (
	"math"

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
