package predict

import (
	"errors"
	"fmt"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
)

// Schedule says how the cases of a batch follow each other and what memory that takes.
type Schedule struct {
	// Case is the one of the peak, and Plan its memory alone.
	Case string `json:"case"`
	Plan Plan   `json:"plan"`
	// Overlap says that the next case is read and preprocessed, and the last one written, while the
	// network works.
	Overlap bool `json:"overlap"`
	// Peak is the most memory at any time, in bytes.
	Peak int64 `json:"peak"`
	// Limit is Batch.MaxMemory.
	Limit int64 `json:"limit,omitempty"`
}

// planned is a case with its plan. A case whose header cannot be read has none: it will fail on its own.
type planned struct {
	dataset.Case
	plan Plan
	peak int64 // of this case alone, in its place
}

// Schedule plans the memory of a batch from the headers of its images. It returns bad input when a case
// cannot be kept below Batch.MaxMemory or Batch.Available, naming every such case.
func (p *Predictor) Schedule(b Batch) (Schedule, error) {
	cases := p.planAll(b)
	limit, name := b.MaxMemory, "--max-memory "+Bytes(b.MaxMemory)
	if limit == 0 {
		limit, name = b.Available, "the "+Bytes(b.Available)+" that this machine has available"
	}
	s := side(cases)
	if !s.Overlap || limit > 0 && s.Peak > limit {
		s = alone(cases)
	}
	s.Limit = b.MaxMemory
	var failures []error
	for _, c := range cases {
		if limit > 0 && c.peak > limit {
			failures = append(failures, tooLarge(&c, name))
		}
	}
	return s, fault.Input(errors.Join(failures...))
}

func (p *Predictor) planAll(b Batch) []planned {
	var cases []planned
	for _, c := range p.Due(b) {
		g, _, err := b.Dataset.Geometry(c)
		if err != nil || g.Validate() != nil {
			continue
		}
		m := planned{Case: c, plan: p.Plan(g)}
		if m.peak = m.plan.Peak; len(cases) > 0 {
			m.peak = m.plan.later()
		}
		cases = append(cases, m)
	}
	return cases
}

func tooLarge(c *planned, limit string) error {
	m := &c.plan
	return fmt.Errorf("case %s of shape %v needs %s, more than %s: %s for the network, %s for logits, %s for the image, %s for labels, %s to preprocess; leave --save-probabilities out, predict with fewer --folds, or allow more",
		c.ID, m.Shape, Bytes(c.peak), limit, Bytes(m.Program), Bytes(m.Logits), Bytes(m.Image), Bytes(m.Labels), Bytes(m.Preprocessing))
}

// alone is the schedule of one case after the other.
func alone(cases []planned) Schedule {
	var s Schedule
	for _, c := range cases {
		if c.peak > s.Peak {
			s.Case, s.Plan, s.Peak = c.ID, c.plan, c.peak
		}
	}
	return s
}

// side is the schedule in which neighbours overlap.
func side(cases []planned) Schedule {
	s := alone(cases)
	if len(cases) < 2 {
		return s
	}
	s.Overlap = true
	for i, c := range cases {
		peak := c.plan.Program + c.plan.predicting()
		if i > 0 {
			peak += cases[i-1].plan.Labels
		}
		if i+1 < len(cases) {
			peak += cases[i+1].plan.Preprocessing
		}
		if peak > s.Peak {
			s.Case, s.Plan, s.Peak = c.ID, c.plan, peak
		}
	}
	return s
}

// Bytes words a number of bytes.
func Bytes(n int64) string {
	if n < 1e9 {
		return fmt.Sprintf("%d MB", (n+5e5)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}
