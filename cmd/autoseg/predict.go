package main

import (
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
	folds                            []string
	step                             float64
	noMirror, probabilities, resume  bool
}

func newPredictCommand(a *app) *cobra.Command {
	var f predictFlags
	cmd := &cobra.Command{
		Use:   "predict",
		Short: "Segment images with a trained model",
		Example: examples(
			"autoseg predict --model autoseg-runs/hippocampus/models/3d_fullres -i imagesTs -o predictions",
			"autoseg predict --model nnUNetTrainer__nnUNetPlans__3d_fullres -i case.nii.gz -o out --folds 0,1 --no-mirror"),
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error { return runPredict(cmd, a, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.model, "model", "", "the model folder `DIR`: a run's models/CONFIG or one of nnU-Net v2")
	flags.StringVarP(&f.input, "input", "i", "", "the image, or the folder of images, `IN`")
	flags.StringVarP(&f.output, "output", "o", "", "write the segmentations into folder `OUT`")
	flags.StringSliceVar(&f.folds, "folds", nil, "average the folds `0,1,...` (default: every trained one)")
	flags.StringVar(&f.checkpoint, "checkpoint", "final", "use the weights of the end or of the best epoch: `final|best`")
	flags.Float64Var(&f.step, "step", 0.5, "move the window by `SHARE` of the patch")
	flags.BoolVar(&f.noMirror, "no-mirror", false, "predict every window once instead of in all mirrored orientations: faster, a little worse")
	flags.BoolVar(&f.probabilities, "save-probabilities", false, "write CASE.npz with the probability of every class too")
	flags.BoolVar(&f.resume, "resume", false, "skip cases that are already there")
	return cmd
}

func runPredict(cmd *cobra.Command, a *app, f predictFlags) error {
	if f.model == "" || f.input == "" || f.output == "" {
		return usagef("--model, -i and -o are needed; see %s", helpLine(cmd))
	}
	if err := oneOf("--checkpoint", f.checkpoint, []string{string(model.Final), string(model.Best)}); err != nil {
		return err
	}
	if !(f.step > 0 && f.step <= 1) {
		return usagef("--step %g: want a share of the patch, more than 0 and at most 1", f.step)
	}
	executor, err := a.executor()
	if err != nil {
		return err
	}
	defer executor.Close()
	p, err := predict.Open(f.model, predict.Options{Folds: f.folds, Checkpoint: model.Checkpoint(f.checkpoint),
		NoMirror: f.noMirror, Step: f.step, Probabilities: f.probabilities, Workers: a.threads(), Executor: executor})
	if err != nil {
		return err
	}
	defer p.Close()
	inputs, err := dataset.Inputs(p.Description(), f.input)
	if err != nil {
		return err
	}
	written := 0
	err = p.Run(cmd.Context(), predict.Batch{Dataset: inputs, Cases: inputs.Test, Output: f.output,
		SaveProbabilities: f.probabilities, Resume: f.resume, Progress: a.casesOf(len(inputs.Test)),
		Done: func(string, *predict.Result) { written++ }})
	return errors.Join(err, reportPredictions(a, written, f.output))
}

// casesOf returns a progress function over cases, each counted in hundredths.
func (a *app) casesOf(cases int) func(id string, done, total int) {
	show := a.track("predict", "%")
	begun := map[string]bool{}
	return func(id string, done, total int) {
		begun[id] = true
		show(100*(len(begun)-1)+100*done/total, 100*cases)
	}
}

func reportPredictions(a *app, written int, output string) error {
	if a.flags.json {
		return a.printJSON(map[string]any{"written": written})
	}
	_, err := fmt.Fprintf(a.stdout, "%d segmentations written to %s\n", written, output)
	return err
}
