// Predict segments one image in memory: no file but the model's and the image's is read, none is written.
//
//	go run ./examples/predict MODEL IMAGE
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/volume"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: predict MODEL IMAGE")
		os.Exit(2)
	}
	image, err := dataset.Formats().Read(os.Args[2])
	if err == nil {
		err = segment(context.Background(), os.Stdout, os.Args[1], image)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func segment(ctx context.Context, out io.Writer, folder string, image *volume.Image) error {
	executor, err := cpu.New(cpu.Options{Workers: 2})
	if err != nil {
		return err
	}
	defer executor.Close()
	// A predictor holds the compiled network: open it once and give it as many images as there are.
	p, err := predict.Open(folder, predict.Options{Checkpoint: model.Final, Workers: 2, Executor: executor})
	if err != nil {
		return err
	}
	defer p.Close()
	result, err := p.Image(ctx, image, nil)
	if err != nil {
		return err
	}
	// The labels lie on the image's own grid.
	millilitres := image.Spacing[0] * image.Spacing[1] * image.Spacing[2] / 1000
	counts := map[uint16]int{}
	for _, label := range result.Labels.Data {
		counts[label]++
	}
	labelling := p.Description().Labelling
	for _, label := range labelling.Foreground() {
		fmt.Fprintf(out, "%s: %.2f mL\n", labelling.Name(label), float64(counts[uint16(label)])*millilitres)
	}
	for _, flag := range result.Quality.Flags {
		fmt.Fprintln(out, "look at it:", flag)
	}
	return nil
}
