// Train preprocesses a dataset and trains fold 0 of its 3D network into a model folder that
// examples/predict, or autoseg predict, can use.
//
//	go run ./examples/train DATASET MODEL
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/fingerprint"
	"github.com/autoseg/autoseg/planner"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/trainer"
)

const configuration = "3d_fullres"

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: train DATASET MODEL")
		os.Exit(2)
	}
	// After Ctrl-C the training saves a checkpoint; the same command goes on from there.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c := trainer.Default()
	c.Epochs, c.Iterations = 20, 25 // nnU-Net trains 1000 epochs of 250 iterations
	if err := train(ctx, os.Stdout, os.Args[1], os.Args[2], c); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func train(ctx context.Context, out io.Writer, folder, model string, config trainer.Config) error {
	d, err := dataset.Open(folder)
	if err != nil {
		return err
	}
	p, err := describe(ctx, d, model)
	if err != nil {
		return err
	}
	// Preprocessed cases are kept; a second call does only what changed.
	cases := filepath.Join(model, "preprocessed")
	if err := preprocess.Dataset(ctx, d, p, configuration, cases, preprocess.Options{Workers: 2}); err != nil {
		return err
	}
	store, err := dataset.OpenStore(cases)
	if err != nil {
		return err
	}
	c, err := p.Configuration(configuration)
	if err != nil {
		return err
	}
	executor, err := cpu.New(cpu.Options{Workers: 2})
	if err != nil {
		return err
	}
	defer executor.Close()
	return trainer.Run(ctx, trainer.Job{
		Config: config, Configuration: c, Labelling: d.Labelling, Store: store,
		Split:  dataset.Folds(d.IDs())[0],
		Folder: filepath.Join(model, "fold_0"), Executor: executor,
		Observe: func(e trainer.Event) {
			if e.Event == "epoch" {
				fmt.Fprintf(out, "epoch %d: training loss %.3f, pseudo Dice %.3f\n", e.Epoch, float64(*e.TrainLoss), float64(*e.MeanDice))
			}
		},
	})
}

// describe measures and plans, and writes what makes a model folder self-contained.
func describe(ctx context.Context, d *dataset.Dataset, model string) (*plans.Plans, error) {
	f, err := fingerprint.Extract(ctx, d, fingerprint.Options{Workers: 2})
	if err != nil {
		return nil, err
	}
	p, err := planner.Plan(planner.Input{
		Dataset: d.Name,
		Shapes:  f.Shapes, Spacings: f.Spacings, Intensities: f.Intensities, RelativeSize: f.RelativeSize,
		Channels: d.Channels, LabelEntries: d.Labelling.Entries(), NumTraining: d.NumTraining, Reader: d.Reader,
	}, planner.Options{})
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(model, 0o777); err != nil {
		return nil, err
	}
	if err := p.Write(filepath.Join(model, "plan.yaml")); err != nil {
		return nil, err
	}
	if err := fingerprint.Write(filepath.Join(model, "dataset_fingerprint.json"), f); err != nil {
		return nil, err
	}
	return p, dataset.WriteJSON(filepath.Join(model, "dataset.json"), &d.Description)
}
