// Plan measures a dataset and decides what to train on it, as autoseg plan does.
//
//	go run ./examples/plan DATASET
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/fingerprint"
	"github.com/autoseg/autoseg/planner"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: plan DATASET")
		os.Exit(2)
	}
	if err := plan(context.Background(), os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func plan(ctx context.Context, out io.Writer, folder string) error {
	d, err := dataset.Open(folder)
	if err != nil {
		return err
	}
	// What the data look like: shapes, spacings, intensities of the foreground.
	f, err := fingerprint.Extract(ctx, d, fingerprint.Options{Workers: 2})
	if err != nil {
		return err
	}
	// What follows from that and from the memory that a network may take. Rules are pure functions.
	p, err := planner.Plan(planner.Input{
		Dataset: d.Name,
		Shapes:  f.Shapes, Spacings: f.Spacings, Intensities: f.Intensities, RelativeSize: f.RelativeSize,
		Channels: d.Channels, LabelEntries: d.Labelling.Entries(), NumTraining: d.NumTraining, Reader: d.Reader,
	}, planner.Options{MemoryGB: 8})
	if err != nil {
		return err
	}
	for _, name := range p.Names() {
		c, err := p.Configuration(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: spacing %v mm, patch %v, batch %d, %d stages of features %v\n",
			name, c.Spacing, c.PatchSize, c.BatchSize, c.Architecture.Stages(), c.Architecture.Features)
		fmt.Fprintf(out, "  because %s\n", p.Reasons["configurations."+name+".patch_size"])
	}
	return nil
}
