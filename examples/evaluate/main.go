// Evaluate compares two folders of segmentations with equal file names: overlap and surfaces, with
// confidence intervals.
//
//	go run ./examples/evaluate REFERENCES PREDICTIONS
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: evaluate REFERENCES PREDICTIONS")
		os.Exit(2)
	}
	if err := compare(context.Background(), os.Stdout, os.Args[1], os.Args[2], []int{1, 2}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, out io.Writer, references, predictions string, labels []int) error {
	surface := evaluate.DefaultSurface()
	summary, err := evaluate.Folder(ctx, references, predictions, evaluate.Options{
		Classes: evaluate.Labels(labels), Ignore: evaluate.NoIgnore,
		Surface: &surface, Formats: dataset.Formats(), Workers: 2,
	})
	if err != nil {
		return err
	}
	summary.Describe(1234) // the seed of the bootstrap
	for _, class := range summary.Classes {
		d := summary.Statistics[class.Key]["Dice"]
		fmt.Fprintf(out, "label %s: Dice %.3f (%.3f to %.3f), 95 %% Hausdorff distance %.2f mm\n",
			class.Key, d.Mean, d.Low, d.High, summary.Mean[class.Key]["HD95"])
	}
	return nil
}
