package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/predict"
)

// predictFlags are the flags of the verb.
type predictFlags struct {
	model, input, output, checkpoint string
	previous, maxMemory, precision   string
	folds                            []string
	step                             float64
	noMirror, probabilities, resume  bool
}

func newPredictCommand(a *app) *cobra.Command {
	var f predictFlags
	cmd := &cobra.Command{
		Use:   "predict",
		Short: "Segment images with a trained model",
		Long: "Segment images with a trained model, ours or nnU-Net's. Beside every segmentation stands\n" +
			"CASE.quality.json, which tells how far the image is from the training cases and how much\n" +
			"the folds agree. IN may also be a DICOM series, or a folder of folders with one each; then\n" +
			"CASE.dcm is the segmentation as DICOM-SEG, which refers to the series.",
		Example: examples(
			"autoseg predict --model autoseg-runs/hippocampus/models/3d_fullres -i imagesTs -o predictions",
			"autoseg predict --model nnUNetTrainer__nnUNetPlans__3d_fullres -i case.nii.gz -o out --folds 0,1 --no-mirror --max-memory 4GB"),
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runPredict(cmd, a, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.model, "model", "", "the model folder `DIR`: a run's models/CONFIG or one of nnU-Net v2")
	flags.StringVarP(&f.input, "input", "i", "", "the image, or the folder of images, `IN`")
	flags.StringVarP(&f.output, "output", "o", "", "write the segmentations into folder `OUT`")
	flags.StringVar(&f.previous, "previous", "", "for the second stage of a cascade: the folder `DIR` of the first stage's segmentations")
	flags.StringSliceVar(&f.folds, "folds", nil, "average the folds `0,1,...` (default: every trained one)")
	flags.StringVar(&f.checkpoint, "checkpoint", "final", "use the weights of the end or of the best epoch: `final|best`")
	flags.Float64Var(&f.step, "step", 0.5, "move the window by `SHARE` of the patch")
	flags.BoolVar(&f.noMirror, "no-mirror", false, "predict every window once instead of in all mirrored orientations: faster, a little worse")
	flags.BoolVar(&f.probabilities, "save-probabilities", false, "write CASE.npz with the probability of every class too; takes the memory of all logits")
	flags.StringVar(&f.maxMemory, "max-memory", "", "keep resident memory below `SIZE` (for example 4GB, 3500MB) or refuse to start (default: what the machine has available)")
	flags.StringVar(&f.precision, "precision", "fp32", "multiply in `fp32|bf16`; bf16 is faster and needs a processor with AVX512_BF16")
	flags.BoolVar(&f.resume, "resume", false, "skip cases that are already there")
	return cmd
}

// validate checks the flags and returns the limit of memory in bytes, 0 without one.
func (f *predictFlags) validate(cmd *cobra.Command, a *app) (int64, error) {
	if f.model == "" || f.input == "" || f.output == "" {
		return 0, usagef("--model, -i and -o are needed; see %s", helpLine(cmd))
	}
	if err := oneOf("--checkpoint", f.checkpoint, []string{string(model.Final), string(model.Best)}); err != nil {
		return 0, err
	}
	if err := a.choosePrecision(f.precision); err != nil {
		return 0, err
	}
	if !(f.step > 0 && f.step <= 1) {
		return 0, usagef("--step %g: want a share of the patch, more than 0 and at most 1", f.step)
	}
	if !cmd.Flags().Changed("step") {
		f.step = 0 // as the network needs it
	}
	return memorySize("--max-memory", f.maxMemory)
}

func runPredict(cmd *cobra.Command, a *app, f predictFlags) error {
	limit, err := f.validate(cmd, a)
	if err != nil {
		return err
	}
	if err := notInto(f.output, f.input); err != nil {
		return err
	}
	executor, err := a.executor()
	if err != nil {
		return err
	}
	defer executor.Close()
	available := availableMemory()
	p, err := predict.Open(f.model, predict.Options{Folds: f.folds, Checkpoint: model.Checkpoint(f.checkpoint), NoMirror: f.noMirror,
		Step: f.step, Probabilities: f.probabilities, Workers: a.threads(), Executor: executor})
	if err != nil {
		return err
	}
	defer p.Close()
	inputs, err := dataset.Inputs(p.Description(), f.input)
	if err != nil {
		return err
	}
	return predictCases(cmd.Context(), a, p, predict.Batch{Dataset: inputs, Cases: inputs.Test, Previous: f.previous,
		Output: f.output, Resume: f.resume, MaxMemory: limit, Available: available})
}

// predictCases predicts a batch and tells what became of it.
func predictCases(ctx context.Context, a *app, p *predict.Predictor, b predict.Batch) error {
	o := predictOutcome{Written: []predictedCase{}, output: b.Output}
	b.Announce = func(s predict.Schedule) {
		o.Memory, o.started = s, true
		a.announceMemory(s)
	}
	b.Progress = a.casesOf(len(p.Due(b)))
	b.Done = func(id string, r *predict.Result) {
		o.Written = append(o.Written, predictedCase{id, r.Quality.Flags})
		for _, flag := range r.Quality.Flags {
			a.log.Warn("look at this result", "case", id, "because", flag)
		}
	}
	err := p.Run(ctx, b)
	if !o.started {
		return err
	}
	return errors.Join(err, writeSegmentations(ctx, b, o.Written), o.print(a))
}

// casesOf returns a progress function that shows each case's windows, its title which case of how many it
// is.
func (a *app) casesOf(cases int) func(id string, done, total int) {
	begun, current := 0, ""
	var show func(done, total int)
	return func(id string, done, total int) {
		if begun == 0 || id != current {
			begun, current = begun+1, id
			show = a.track(fmt.Sprintf("predict %s (case %d of %d)", id, begun, cases), "windows")
		}
		show(done, total)
	}
}
