package pipeline

import (
	"context"

	"github.com/autoseg/autoseg/report"
)

const (
	reportFile  = "report.html"
	reportStage = "report"
)

// publish writes the page that people read. It shows everything, so it depends on every stage before it.
func (r *run) publish(ctx context.Context) error {
	_, err := r.do(ctx, stage{
		name:    reportStage,
		results: []string{reportFile},
		inputs: func(in inputs) error {
			for _, name := range r.order {
				in[name] = r.key(name)
			}
			if len(r.data.Test) > 0 { // more of them may have been predicted than last time
				var err error
				if in[predictionsDir], err = r.made(postprocessStage); err != nil {
					return err
				}
			}
			sum, err := r.hashes.file(r.path(planFile)) // comments of the plan are shown, too
			in[planFile] = sum
			return err
		},
		run: func(context.Context) error {
			return report.Write(r.path(reportFile), report.Source{Run: r.dir, Dataset: r.data, Program: r.Program})
		},
	})
	return err
}
