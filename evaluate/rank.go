package evaluate

import (
	"fmt"
	"math"
	"slices"
)

// RankBy names a way of ranking.
type RankBy string

// The ways: by the number of other models that a model beats significantly, as the Medical Segmentation
// Decathlon did (Antonelli et al. 2022), or by the median of the metric.
const (
	BySignificance RankBy = "significance"
	ByMedian       RankBy = "median"
)

// Significance is the probability below which a model counts as better (Antonelli et al. 2022).
const Significance = 0.05

// Ranked is the place of a model.
type Ranked struct {
	Name string
	// Rank is shared by models with equal mean ranks; the ranks that they would take next stay free.
	Rank int
	// MeanRank is the mean of the ranks per class and metric.
	MeanRank float64
	// Medians describe a metric over all cases and classes.
	Medians map[string]Spread
	// Ranks and Wins are per class and metric, as Comparisons names them: the rank, and the number of
	// other models that are significantly worse.
	Ranks, Wins []int
}

// Spread is a median with its quartiles.
type Spread struct{ Median, Q1, Q3 float64 }

// Ranking orders models.
type Ranking struct {
	By RankBy
	// Comparisons name the classes and metrics that are ranked.
	Comparisons []Comparison
	// Models are in the order of their ranks, then of their median Dice, then as given.
	Models []Ranked
}

// Comparison is one class by one metric.
type Comparison struct{ Class, Metric string }

// rankedMetrics are the Decathlon's: Dice and, where all summaries have it, surface Dice.
var rankedMetrics = []string{"Dice", "SurfaceDice"}

// Rank ranks models by their summaries, which must be of the same cases and classes. For every class and
// metric, models are ranked; a model's mean rank decides.
//
// By significance, a model's score is the number of other models that a one-sided Wilcoxon signed-rank
// test over the cases finds worse (p < 0.05). Cases in which a metric is undefined for one of the two
// are left out of their comparison.
func Rank(names []string, summaries []*Summary, by RankBy) (*Ranking, error) {
	if len(names) != len(summaries) {
		panic("evaluate: names and summaries of different number")
	}
	for i, s := range summaries {
		if err := sameCases(summaries[0], s); err != nil {
			return nil, fmt.Errorf("%s and %s: %w", names[0], names[i], err)
		}
	}
	r := &Ranking{By: by, Models: make([]Ranked, len(names))}
	for i, name := range names {
		r.Models[i] = Ranked{Name: name, Medians: map[string]Spread{}}
	}
	for _, metric := range rankedMetrics {
		if !everyHas(summaries, metric) {
			continue
		}
		for i, s := range summaries {
			r.Models[i].Medians[metric] = s.spread(metric)
		}
		for _, c := range summaries[0].Classes {
			r.Comparisons = append(r.Comparisons, Comparison{c.Key, metric})
			r.compare(summaries, c.Key, metric)
		}
	}
	if len(r.Comparisons) == 0 {
		return nil, fmt.Errorf("nothing to rank: no class with a Dice in every summary")
	}
	r.order()
	return r, nil
}

func everyHas(summaries []*Summary, metric string) bool {
	return !slices.ContainsFunc(summaries, func(s *Summary) bool { return !slices.Contains(s.Names(), metric) })
}

// spread describes a metric over all cases and classes.
func (s *Summary) spread(metric string) Spread {
	var all []float64
	for _, c := range s.Classes {
		all = append(all, defined(s.column(c.Key, metric))...)
	}
	slices.Sort(all)
	return Spread{quantile(all, 0.5), quantile(all, 0.25), quantile(all, 0.75)}
}

// compare ranks the models by one class and metric.
func (r *Ranking) compare(summaries []*Summary, class, metric string) {
	scores := make([]float64, len(summaries))
	for i, a := range summaries {
		wins := 0
		for k, b := range summaries {
			if i != k && Wilcoxon(differences(a, b, class, metric)).Greater < Significance {
				wins++
			}
		}
		r.Models[i].Wins = append(r.Models[i].Wins, wins)
		scores[i] = float64(wins)
		if r.By == ByMedian {
			scores[i] = medianOf(a.column(class, metric))
		}
	}
	for i, rank := range sharedRanks(scores) {
		r.Models[i].Ranks = append(r.Models[i].Ranks, rank)
	}
}

func medianOf(values []float64) float64 {
	v := defined(values)
	slices.Sort(v)
	return quantile(v, 0.5)
}

// sharedRanks ranks scores, the highest first: 1 plus the number of scores that are higher. Undefined
// scores come last.
func sharedRanks(scores []float64) []int {
	ranks := make([]int, len(scores))
	for i, s := range scores {
		ranks[i] = 1
		for _, other := range scores {
			if other > s || math.IsNaN(s) && !math.IsNaN(other) {
				ranks[i]++
			}
		}
	}
	return ranks
}

// order computes the final ranks and sorts the models.
func (r *Ranking) order() {
	scores := make([]float64, len(r.Models))
	for i := range r.Models {
		m := &r.Models[i]
		sum := 0
		for _, rank := range m.Ranks {
			sum += rank
		}
		m.MeanRank = float64(sum) / float64(len(m.Ranks))
		scores[i] = -float64(sum)
	}
	for i, rank := range sharedRanks(scores) {
		r.Models[i].Rank = rank
	}
	slices.SortStableFunc(r.Models, func(a, b Ranked) int {
		x, y := a.Medians["Dice"].Median, b.Medians["Dice"].Median
		switch {
		case a.Rank != b.Rank:
			return a.Rank - b.Rank
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
}
