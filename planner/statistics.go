package planner

import (
	"math"
	"slices"
)

// percentile is numpy.percentile with linear interpolation, in its order of operations: from the lower
// neighbour below the middle, from the upper one at or above it.
func percentile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	h := q / 100 * float64(len(sorted)-1)
	i := int(math.Floor(h))
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	g := h - float64(i)
	d := sorted[i+1] - sorted[i]
	if g >= 0.5 {
		return sorted[i+1] - d*(1-g)
	}
	return sorted[i] + d*g
}

// median is numpy.median: the mean of the middle two. Its last bit may differ from percentile 50.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// perAxis applies a statistic to every axis of a list of triples.
func perAxis[T int | float64](rows [][3]T, statistic func([]float64) float64) [3]float64 {
	var all [3]float64
	for axis := range all {
		all[axis] = statistic(column(rows, axis))
	}
	return all
}

func column[T int | float64](rows [][3]T, axis int) []float64 {
	values := make([]float64, len(rows))
	for i, r := range rows {
		values[i] = float64(r[axis])
	}
	return values
}

func halfway(values []float64) float64 { return percentile(values, 50) }

// round is Python's round: half to even.
func round(v float64) int { return int(math.RoundToEven(v)) }

func product(v []float64) float64 {
	p := 1.0
	for _, x := range v {
		p *= x
	}
	return p
}

func productInts(v []int) float64 {
	p := 1.0
	for _, x := range v {
		p *= float64(x)
	}
	return p
}

// argmax returns the first index of the largest value.
func argmax(v [3]float64) int {
	best := 0
	for i := range v {
		if v[i] > v[best] {
			best = i
		}
	}
	return best
}
