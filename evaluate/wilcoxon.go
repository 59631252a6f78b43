package evaluate

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// SignedRank is the result of Wilcoxon's signed-rank test of paired differences.
type SignedRank struct {
	// N is the number of differences that are not zero; W the sum of the ranks of the positive ones.
	N int
	W float64
	// TwoSided is the probability of so large a deviation if the differences lie symmetrically around
	// zero; Greater and Less that of such an excess of positive or negative ones.
	TwoSided, Greater, Less float64
}

// exactLimit is the largest number of differences whose distribution is enumerated: all counts up to
// 2⁵⁰ are exact in float64.
const exactLimit = 50

// Wilcoxon tests whether paired differences lie symmetrically around zero (Wilcoxon 1945). Zeros are
// left out, equal sizes share their mean rank. Up to 50 differences the distribution of W is exact,
// given the ties; beyond it is normal, with the variance corrected for ties. Undefined differences are
// left out; infinite ones rank highest. Without any difference the probabilities are 1.
func Wilcoxon(differences []float64) SignedRank {
	d := slices.DeleteFunc(slices.Clone(differences), func(v float64) bool { return v == 0 || math.IsNaN(v) })
	doubled := doubledRanks(d)
	r := SignedRank{N: len(d), TwoSided: 1, Greater: 1, Less: 1}
	w := 0
	for i, v := range d {
		if v > 0 {
			w += doubled[i]
		}
	}
	r.W = float64(w) / 2
	if len(d) == 0 {
		return r
	}
	if len(d) <= exactLimit {
		r.Less, r.Greater = exactTails(doubled, w)
	} else {
		r.Less, r.Greater = normalTails(doubled, r.W)
	}
	r.TwoSided = min(1, 2*min(r.Less, r.Greater))
	return r
}

// doubledRanks returns twice the ranks of the sizes, from 1: whole numbers even where ranks are shared.
func doubledRanks(d []float64) []int {
	order := make([]int, len(d))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := math.Abs(d[a]), math.Abs(d[b]); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	ranks := make([]int, len(d))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && math.Abs(d[order[to]]) == math.Abs(d[order[from]]) {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = from + 1 + to // twice the mean of from+1 ... to
		}
		from = to
	}
	return ranks
}

// exactTails returns P(W ≤ w) and P(W ≥ w), for doubled ranks and twice the sum w, when every sign is a
// fair coin.
func exactTails(doubled []int, w int) (less, greater float64) {
	total := 0
	for _, r := range doubled {
		total += r
	}
	ways := make([]float64, total+1)
	ways[0] = 1
	for _, r := range doubled {
		for s := total; s >= r; s-- {
			ways[s] += ways[s-r]
		}
	}
	for s, n := range ways {
		if s <= w {
			less += n
		}
		if s >= w {
			greater += n
		}
	}
	all := math.Exp2(float64(len(doubled)))
	return less / all, greater / all
}

// normalTails is exactTails by the central limit.
func normalTails(doubled []int, w float64) (less, greater float64) {
	n := float64(len(doubled))
	variance := 0.0
	for _, r := range doubled {
		variance += float64(r) * float64(r) / 16 // the sum of squared ranks over 4, ties included
	}
	z := (w - n*(n+1)/4) / math.Sqrt(variance)
	return distuv.UnitNormal.CDF(z), distuv.UnitNormal.Survival(z)
}
