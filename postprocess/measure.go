package postprocess

import (
	"fmt"
	"slices"

	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/volume"
)

// try measures the Dice of all cases after the rules so far and each of the candidates.
func (s *selector) try(candidates []Rule) ([]*evaluate.Summary, error) {
	results := make([][]evaluate.Case, len(candidates))
	for i := range results {
		results[i] = make([]evaluate.Case, len(s.cases))
	}
	done := make(chan struct{}, len(s.cases))
	err := parallel.Each(s.ctx, max(1, s.o.Workers), len(s.cases), func(_, k int) error {
		cases, err := s.tryCase(s.cases[k], candidates)
		if err != nil {
			return fmt.Errorf("post-processing of case %s: %w", s.cases[k].ID, err)
		}
		for i := range results {
			results[i][k] = cases[i]
		}
		if done <- struct{}{}; s.o.Progress != nil {
			s.o.Progress(len(done), len(s.cases))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	summaries := make([]*evaluate.Summary, len(candidates))
	for i := range summaries {
		summaries[i] = evaluate.Summarise(s.classes, results[i])
	}
	return summaries, nil
}

// tryCase measures one case. A candidate that changes nothing has the result of the rules so far.
func (s *selector) tryCase(c Case, candidates []Rule) ([]evaluate.Case, error) {
	reference, err := c.Reference()
	if err != nil {
		return nil, err
	}
	prediction, err := c.Prediction()
	if err != nil {
		return nil, err
	}
	if reference.Shape != prediction.Shape {
		return nil, fmt.Errorf("the reference has shape %v, the prediction %v", reference.Shape, prediction.Shape)
	}
	s.rules.Apply(prediction)
	unchanged := s.count(reference, prediction)
	results := make([]evaluate.Case, len(candidates))
	scratch := &volume.Labels{Geometry: prediction.Geometry, Data: slices.Clone(prediction.Data)}
	for i, rule := range candidates {
		if rule.Apply(scratch) == 0 {
			results[i] = s.dice(c.ID, unchanged)
			continue
		}
		results[i] = s.dice(c.ID, s.count(reference, scratch))
		copy(scratch.Data, prediction.Data)
	}
	return results, nil
}

func (s *selector) count(reference, prediction *volume.Labels) []evaluate.Counts {
	return evaluate.Count(reference.Data, prediction.Data, s.classes, s.ignore)
}

func (s *selector) dice(id string, counts []evaluate.Counts) evaluate.Case {
	c := evaluate.Case{ID: id, Metrics: map[string]evaluate.Values{}}
	for i, n := range counts {
		c.Metrics[s.classes[i].Key] = evaluate.Values{"Dice": n.Dice()}
	}
	return c
}

// nothing is the rule that changes nothing.
type nothing struct{}

func (nothing) Apply(*volume.Labels) int { return 0 }
func (nothing) String() string           { return "nothing" }
func (nothing) Validate() error          { return nil }
