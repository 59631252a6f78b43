package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/trainer"
)

// ErrTooLong says that a run would take longer than a day and nobody agreed to that.
var ErrTooLong = errors.New("the run would take longer than a day: give a --budget or --epochs, or agree with --yes")

// ErrTooLarge says that a stage would take more memory than the machine has and nobody agreed to that.
var ErrTooLarge = errors.New("a stage would take more memory than this machine has: plan for less with --memory-gb and --replan, choose other --configs, or agree with --yes")

// longRun is the estimate from which a run without a budget needs consent.
const longRun = 24 * time.Hour

// estimate is what one stage is expected to take.
type estimate struct {
	stage        string
	time         time.Duration
	memory, disk int64 // bytes
	// behind says that a budget sets the time aside: the stage is no training.
	behind bool
}

// estimates lists what is ahead: every pending training with its validation, the pairs that are compared,
// and the predictions.
func (r *run) estimates(ctx context.Context, pending []training) ([]estimate, error) {
	var all []estimate
	for _, t := range pending {
		e, err := r.trainingEstimate(ctx, t)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	if len(pending) == 0 {
		return nil, nil
	}
	for _, c := range r.configurations {
		if c.PreviousStage == "" {
			continue
		}
		e, err := r.nextEstimate(ctx, c)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	pairs, err := r.pairEstimates(ctx)
	if err != nil {
		return nil, err
	}
	all = append(all, pairs...)
	if len(r.data.Test) == 0 {
		return all, nil
	}
	last, err := r.predictionEstimate(ctx)
	return append(all, last), err
}

func (r *run) trainingEstimate(ctx context.Context, t training) (estimate, error) {
	s, err := r.speedOf(ctx, t.configuration)
	if err != nil {
		return estimate{}, err
	}
	validation, err := r.validationPasses(t)
	if err != nil {
		return estimate{}, err
	}
	job, err := r.rehearsal(t, r.wanted(t.configuration))
	if err != nil {
		return estimate{}, err
	}
	e := estimate{stage: trainStage(r.plan, t), disk: trainingDisk(r.footprint(t.configuration))}
	if e.memory, err = trainer.Memory(job); err != nil {
		return e, err
	}
	e.memory += processMemory
	if s, err = r.rehearse(ctx, job, s, e.memory); err != nil {
		return e, err
	}
	e.time = s.training(job.Config) + s.prediction(validation)
	return e, nil
}

// processMemory is what the program holds beside any network: itself, Go's runtime, buffers.
const processMemory = 40 << 20

// footprint is the size of a configuration's network on one patch.
func (r *run) footprint(c *plans.Configuration) network.Size {
	return network.Footprint(c.Architecture, c.PatchSize, r.channels(c), r.data.Labelling.Heads())
}

// nextEstimate is for what the first stage of a cascade predicts for the second one, c.
func (r *run) nextEstimate(ctx context.Context, c *plans.Configuration) (estimate, error) {
	previous := r.previous(c)
	e := estimate{stage: r.nextStage(c), memory: predictionMemory(r.footprint(previous)), behind: true}
	s, err := r.speedOf(ctx, previous)
	if err != nil {
		return e, err
	}
	for _, fold := range r.validating() {
		n, err := r.validationPasses(training{previous, fold})
		if err != nil {
			return e, err
		}
		e.time += s.prediction(n)
	}
	return e, nil
}

// pairEstimates lists the pairs whose validation cases both members predict.
func (r *run) pairEstimates(ctx context.Context) ([]estimate, error) {
	var all []estimate
	for _, pair := range r.pairs() {
		e := estimate{stage: fmt.Sprintf("select (%s + %s)", modelName(r.plan, pair[0]), modelName(r.plan, pair[1])), behind: true}
		for _, c := range pair {
			s, err := r.speedOf(ctx, c)
			if err != nil {
				return nil, err
			}
			for _, fold := range r.validating() {
				n, err := r.validationPasses(training{c, fold})
				if err != nil {
					return nil, err
				}
				e.time += s.prediction(n)
			}
			e.memory += predictionMemory(r.footprint(c))
		}
		probabilities, err := r.probabilityMemory(pair[:])
		if err != nil {
			return nil, err
		}
		e.memory += probabilities
		all = append(all, e)
	}
	return all, nil
}

// predictionEstimate is for the slowest of the configurations and pairs that may win.
func (r *run) predictionEstimate(ctx context.Context) (estimate, error) {
	e := estimate{stage: predictStage, behind: true}
	times := map[*plans.Configuration]time.Duration{}
	for _, c := range r.configurations {
		s, err := r.speedOf(ctx, c)
		if err != nil {
			return e, err
		}
		times[c] = s.prediction(r.testPasses(c)) + times[r.previous(c)]
		e.time = max(e.time, times[c])
	}
	for _, pair := range r.pairs() {
		e.time = max(e.time, times[pair[0]]+times[pair[1]])
	}
	return e, nil
}

// predictionMemory estimates the bytes of a network that predicts one patch: no feature outlives its use by
// the last skip connection.
func predictionMemory(f network.Size) int64 { return 4 * (f.FeatureVoxels + f.Parameters) }

// probabilityMemory estimates the bytes of the probabilities that an average of several configurations
// holds for the largest validation case: one in the network's grid, one in the file's, and their sum.
func (r *run) probabilityMemory(members []*plans.Configuration) (int64, error) {
	cases, err := r.validatedCases()
	if err != nil {
		return 0, err
	}
	voxels := 0
	for _, c := range cases {
		for _, m := range members {
			shape, err := r.preprocessedShape(m, c.ID)
			if err != nil {
				return 0, err
			}
			voxels = max(voxels, shape[0]*shape[1]*shape[2])
		}
	}
	return 3 * 4 * int64(voxels) * int64(r.data.Labelling.Heads()), nil
}

// trainingDisk estimates the bytes that a fold leaves: two checkpoints of weights and momentum, the final
// and the best weights.
func trainingDisk(f network.Size) int64 { return 4 * 6 * f.Parameters }

// validationPasses counts the patches that the final validation of a training predicts.
func (r *run) validationPasses(t training) (int, error) {
	fold, err := r.fold(t.fold)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, id := range fold.Validation {
		shape, err := r.preprocessedShape(t.configuration, id)
		if err != nil {
			return 0, err
		}
		n += predict.Passes(t.configuration, shape)
	}
	return n, nil
}

// testPasses counts the patches that the test images take, which are assumed to be like the training
// images: as many passes per image as the median shape of the plan, for every fold.
func (r *run) testPasses(c *plans.Configuration) int {
	shape := [3]int{r.plan.MedianShape[0], 1, 1}
	for i, v := range c.MedianShape {
		shape[3-len(c.MedianShape)+i] = int(v)
	}
	return len(r.data.Test) * len(r.Folds) * predict.Passes(c, shape)
}

// preprocessedShape returns the shape of a case in the store.
func (r *run) preprocessedShape(c *plans.Configuration, id string) ([3]int, error) {
	store, err := dataset.OpenStore(r.path(storeDir(c)))
	if err != nil {
		return [3]int{}, err
	}
	stored, err := store.Open(id)
	if err != nil {
		return [3]int{}, err
	}
	defer stored.Close()
	return stored.Shape(), nil
}

// speedOf measures the speed of a configuration once.
func (r *run) speedOf(ctx context.Context, c *plans.Configuration) (speed, error) {
	name := modelName(r.plan, c)
	if s, known := r.speeds[name]; known {
		return s, nil
	}
	s, err := r.measureSpeed(ctx, c)
	if err == nil {
		r.speeds[name] = s
	}
	return s, err
}

// announce prints the estimates, refuses what a memory limit forbids, and asks where they are too long or
// too large for the machine. With a budget the times are what training at full length would take.
func (r *run) announce(all []estimate) error {
	if len(all) == 0 {
		return nil
	}
	if err := printEstimates(r.Tell, all); err != nil {
		return err
	}
	if err := checkMemory(all, r.MaxMemory); err != nil {
		return err
	}
	total, largest := time.Duration(0), all[0]
	for _, e := range all {
		total += e.time
		if e.memory > largest.memory {
			largest = e
		}
	}
	if r.MachineMemory > 0 && largest.memory > r.MachineMemory {
		err := r.consent(ErrTooLarge, fmt.Sprintf("%s will take about %s, but this machine has %s.",
			largest.stage, bytesText(largest.memory), bytesText(r.MachineMemory)))
		if err != nil {
			return err
		}
	}
	if r.Budget > 0 {
		_, err := fmt.Fprintf(r.Tell, "The budget of %v shortens the training to fit.\n", r.Budget)
		return err
	}
	if total <= longRun {
		return nil
	}
	return r.consent(ErrTooLong, fmt.Sprintf("This will take about %s.", roughly(total)))
}

// consent asks whether to go on in spite of something; refusal is what a no means, or that there is nobody
// to ask.
func (r *run) consent(refusal error, what string) error {
	if r.AcceptLong {
		return nil
	}
	if r.Confirm == nil {
		return refusal
	}
	agreed, err := r.Confirm(what + " Go on?")
	if err == nil && !agreed {
		err = refusal
	}
	return err
}

// checkMemory names every stage whose estimate is above a limit, as bad input.
func checkMemory(all []estimate, limit int64) error {
	var findings []error
	for _, e := range all {
		if limit > 0 && e.memory > limit {
			findings = append(findings, fmt.Errorf("%s needs about %s of memory, more than --max-memory %s: plan for less with --memory-gb and --replan, leave the configuration out of --configs, or allow more",
				e.stage, bytesText(e.memory), bytesText(limit)))
		}
	}
	return fault.Input(errors.Join(findings...))
}

func printEstimates(w io.Writer, all []estimate) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "stage\ttime\tmemory\tdisk")
	for _, e := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", e.stage, roughly(e.time), bytesText(e.memory), bytesText(e.disk))
	}
	return table.Flush()
}

// roughly words a duration with the two digits that an estimate deserves.
func roughly(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	case d >= time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	case d >= time.Minute:
		return fmt.Sprintf("%.1f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f s", max(d.Seconds(), 1))
}

// bytesText words a size; nothing is a dash.
func bytesText(n int64) string {
	switch {
	case n <= 0:
		return "-"
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	}
	return fmt.Sprintf("%.0f MB", max(float64(n)/1e6, 1))
}
