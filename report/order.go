package report

import (
	"cmp"
	"math"
)

// meanOf returns the mean of the values that are numbers.
func meanOf(values []float64) float64 {
	sum, n := 0.0, 0
	for _, v := range values {
		if !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	return sum / float64(n)
}

// worseFirst orders cases by mean Dice, those without any at the end.
func worseFirst(a, b caseLine) int {
	x, y := a.Mean, b.Mean
	if math.IsNaN(x) {
		x = math.Inf(1)
	}
	if math.IsNaN(y) {
		y = math.Inf(1)
	}
	return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.ID, b.ID))
}
