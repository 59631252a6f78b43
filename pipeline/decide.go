package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/autoseg/autoseg/fingerprint"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/planner"
	"github.com/autoseg/autoseg/plans"
)

const (
	planFile  = "plan.yaml"
	planStage = "plan"
)

// decide brings the plan up to date. It is no stage like the others, because its result belongs to the
// user: an existing plan.yaml is read and obeyed, whatever it would be by now.
func (r *run) decide(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	in := inputs{}
	err := in.values(map[string]any{
		"fingerprint": r.key(fingerprintStage),
		"planner":     r.Planner, "memory": r.MemoryGB, "network": r.planned(),
	})
	if err != nil {
		return err
	}
	existing, err := plans.Read(r.path(planFile))
	switch {
	case r.Plan != "":
		return r.adoptPlan(in, existing)
	case errors.Is(err, fs.ErrNotExist), r.Replan:
		return r.makePlan(in, existing)
	case err != nil:
		return fault.Input(err)
	}
	return r.obeyPlan(in, existing)
}

// planned returns the network that a new plan is made for, "" for the planner's own.
func (r *run) planned() string {
	if len(r.Networks) == 0 {
		return ""
	}
	return r.Networks[0]
}

// makePlan plans anew. What a person wrote into the comments of the old plan is kept.
func (r *run) makePlan(in inputs, older *plans.Plans) error {
	reason := "not done yet"
	if older != nil {
		reason = "done again, as --replan wants"
	}
	r.log.Info(planStage + ": " + reason)
	r.manifest.Planned = ""
	f, err := fingerprint.Read(r.path(fingerprintFile))
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	p, err := planner.Plan(r.planningInput(f), planner.Options{
		Planner: r.Planner, MemoryGB: r.MemoryGB, Network: r.planned(),
	})
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	if older != nil {
		p.KeepComments(older)
	}
	if err := r.usePlan(in, p); err != nil || older != nil { // whose comments are no planner's
		return err
	}
	r.manifest.Planned = r.manifest.record(planStage).Results[planFile]
	return r.manifest.Write(r.dir)
}

// planningInput is what the planner wants to know about the dataset.
func (r *run) planningInput(f *fingerprint.Fingerprint) planner.Input {
	return planner.Input{
		Dataset: r.data.Name,
		Shapes:  f.Shapes, Spacings: f.Spacings, Intensities: f.Intensities, RelativeSize: f.RelativeSize,
		Channels: r.data.Channels, LabelEntries: r.data.Labelling.Entries(),
		NumTraining: r.data.NumTraining, Reader: r.data.Reader,
	}
}

// adoptPlan takes over the plan file that --plan names. It does not replace another plan unasked.
func (r *run) adoptPlan(in inputs, existing *plans.Plans) error {
	p, err := plans.Read(r.Plan)
	if err != nil {
		return fault.Input(err)
	}
	r.manifest.Planned = ""
	if existing != nil && !r.Replan {
		same, err := equalPlans(p, existing)
		if err != nil {
			return err
		}
		if !same {
			return fault.Input(fmt.Errorf("%s differs from %s: add --replan to replace the latter, or choose another folder with -o",
				r.Plan, planFile))
		}
	}
	return r.usePlan(in, p)
}

// obeyPlan uses the existing plan and says where the command line or the data no longer agree with it. Other
// networks than the plan was made for are no reason to: they take over its patches.
func (r *run) obeyPlan(in inputs, p *plans.Plans) error {
	record := r.manifest.record(planStage)
	if record != nil && record.Inputs["network"] != in["network"] {
		in["network"] = record.Inputs["network"]
		r.manifest.Planned = "" // the settings no longer lead to it
	}
	if record != nil && record.Key != in.key() {
		r.log.Warn("plan.yaml is kept although what it was made from changed; --replan makes a new one",
			"changed", strings.Join(in.changes(record.Inputs), ", "))
		in = record.Inputs
	}
	return r.notePlan(in, p)
}

func (r *run) usePlan(in inputs, p *plans.Plans) error {
	if err := p.Write(r.path(planFile)); err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	return r.notePlan(in, p)
}

// notePlan checks the plan against the dataset and records it in the manifest.
func (r *run) notePlan(in inputs, p *plans.Plans) error {
	if err := p.Validate(); err != nil {
		return fault.Input(fmt.Errorf("%s: %w", planFile, err))
	}
	if got, want := len(p.Intensities), len(r.data.Channels); got != want {
		return fault.Input(fmt.Errorf("%s is for %d channels, the dataset has %d: is it the plan of another dataset?", planFile, got, want))
	}
	r.plan = p
	if err := r.choose(); err != nil {
		return err
	}
	r.order = append(r.order, planStage)
	sum, err := r.hashes.file(r.path(planFile))
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	r.manifest.put(&Record{Name: planStage, Key: in.key(), Complete: true, Inputs: in, Results: map[string]string{planFile: sum}})
	return r.manifest.Write(r.dir)
}

// equalPlans reports whether two plans decide the same; comments do not count.
func equalPlans(a, b *plans.Plans) (bool, error) {
	var texts [2]strings.Builder
	for i, p := range []*plans.Plans{a, b} {
		if err := p.WriteNNUNet(&texts[i]); err != nil {
			return false, fmt.Errorf("compare plans: %w", err)
		}
	}
	return texts[0].String() == texts[1].String(), nil
}
