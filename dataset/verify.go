package dataset

import (
	"context"
	"slices"
	"sort"
	"sync/atomic"

	"github.com/autoseg/autoseg/internal/parallel"
)

// VerifyOptions says how to verify.
type VerifyOptions struct {
	// Workers is the number of cases that are looked at, and in memory, at the same time; 0 means 1.
	Workers int
	// Progress is called after every case, from any goroutine, if it is not nil.
	Progress func(done, total int)
}

// Report is what verification found.
type Report struct {
	Dataset  string    `json:"dataset"`
	Layout   Layout    `json:"layout"`
	Cases    int       `json:"cases"`
	Test     int       `json:"test_cases"`
	Findings []Finding `json:"findings"`
	Estimate Estimate  `json:"estimate"`
}

// Count returns the number of findings of a severity.
func (r Report) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Verify looks at every file of a dataset and lists everything that is wrong or odd, the worst first.
// The error is only that of ctx: unreadable files are findings.
func Verify(ctx context.Context, d *Dataset, o VerifyOptions) (Report, error) {
	r := Report{Dataset: d.Name, Layout: d.Layout, Cases: len(d.Cases), Test: len(d.Test), Findings: d.structure()}
	all := slices.Concat(d.Cases, d.Test)
	seen := make([]caseLook, len(all))
	var done atomic.Int64
	err := parallel.Each(ctx, max(1, o.Workers), len(all), func(_, i int) error {
		seen[i] = d.look(all[i], i < len(d.Cases))
		if n := done.Add(1); o.Progress != nil {
			o.Progress(int(n), len(all))
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	for _, s := range seen {
		r.Findings = append(r.Findings, s.findings...)
	}
	r.Findings = append(r.Findings, d.compareCases(seen)...)
	r.Findings = append(r.Findings, d.verifyFolds(seen)...)
	r.Estimate = d.estimate(seen)
	rank := map[Severity]int{Severe: 0, Warning: 1, Note: 2}
	if r.Findings == nil {
		r.Findings = []Finding{} // an empty list in JSON, not null
	}
	sort.SliceStable(r.Findings, func(i, j int) bool { return rank[r.Findings[i].Severity] < rank[r.Findings[j].Severity] })
	return r, nil
}
