package evaluate

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/internal/random"
)

// Difference compares one metric of one class of two predictions of the same cases.
type Difference struct {
	Class, Metric string
	// Pairs is the number of cases in which both are defined.
	Pairs int
	// Mean is the mean of first minus second; Low and High bound it with 95 % confidence (paired
	// bootstrap).
	Mean, Low, High float64
	// Test is Wilcoxon's signed-rank test of the differences.
	Test SignedRank
}

// Paired compares two summaries case by case: what is the mean difference, and can it be chance? It
// fails when they are of different cases or classes.
func Paired(first, second *Summary, seed uint64) ([]Difference, error) {
	if err := sameCases(first, second); err != nil {
		return nil, err
	}
	var result []Difference
	for _, c := range first.Classes {
		for _, name := range first.Names() {
			if isWhole(name) {
				continue
			}
			d := defined(differences(first, second, c.Key, name))
			r := Difference{Class: c.Key, Metric: name, Pairs: len(d), Mean: mean(d), Test: Wilcoxon(d)}
			r.Low, r.High = interval(d, random.Derive(seed, "paired bootstrap of "+name+" of class "+c.Key))
			result = append(result, r)
		}
	}
	return result, nil
}

// differences returns first minus second per case, NaN where one is undefined. Two infinite values are
// equally bad.
func differences(first, second *Summary, class, name string) []float64 {
	byID := map[string]Case{}
	for _, c := range second.Cases {
		byID[c.ID] = c
	}
	d := first.column(class, name)
	for i, c := range first.Cases {
		other, ok := byID[c.ID].Metrics[class][name]
		switch {
		case !ok:
			d[i] = math.NaN()
		case math.IsInf(d[i], 0) && d[i] == other:
			d[i] = 0
		default:
			d[i] -= other
		}
	}
	return d
}

// sameCases reports what one of two summaries lacks.
func sameCases(a, b *Summary) error {
	for _, pair := range [2][2]*Summary{{a, b}, {b, a}} {
		ids, keys := map[string]bool{}, map[string]bool{}
		for _, c := range pair[1].Cases {
			ids[c.ID] = true
		}
		for _, c := range pair[1].Classes {
			keys[c.Key] = true
		}
		for _, c := range pair[0].Cases {
			if !ids[c.ID] {
				return fmt.Errorf("case %s is in only one of the two evaluations; compare predictions of the same cases", c.ID)
			}
		}
		for _, c := range pair[0].Classes {
			if !keys[c.Key] {
				return fmt.Errorf("class %s is in only one of the two evaluations", c.Key)
			}
		}
	}
	return nil
}
