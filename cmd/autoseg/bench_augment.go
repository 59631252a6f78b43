package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/augment"
	"github.com/autoseg/autoseg/internal/random"
)

// augmentSpeed is what bench augment measures, on one core.
type augmentSpeed struct {
	Patch        []int   `json:"patch"`
	Milliseconds float64 `json:"ms_per_sample"`
	Samples      int     `json:"samples"`
}

func newBenchAugmentCommand(a *app) *cobra.Command {
	var patch []int
	var samples int
	c := &cobra.Command{
		Use:   "augment",
		Short: "Transform training patches by the default recipe, on one core",
		Example: examples(
			"autoseg bench augment --patch 40,56,40",
			"autoseg bench augment --patch 512,512 --samples 200 --json"),
		Args: arguments(),
		RunE: func(*cobra.Command, []string) error {
			if samples < 1 {
				return usagef("--samples %d: want at least one", samples)
			}
			s, err := measureAugment(a.flags.seed, patch, samples)
			if err != nil {
				return usagef("--patch %v: %w", patch, err)
			}
			if a.flags.json {
				return a.printJSON(s)
			}
			_, err = fmt.Fprintf(a.stdout, "patch %v: %.3f ms per sample on one core\n", s.Patch, s.Milliseconds)
			return err
		},
	}
	flags := c.Flags()
	flags.IntSliceVar(&patch, "patch", []int{40, 56, 40}, "the final patch, `Z,Y,X` or `Y,X`")
	flags.IntVar(&samples, "samples", 500, "take the mean of `N` samples")
	return c
}

// measureAugment times everything between the enlarged patch in memory and image and targets of three
// levels, like the peer's script.
func measureAugment(seed uint64, patch []int, samples int) (augmentSpeed, error) {
	config := augment.Config{PatchSize: patch, Channels: 1, Ignore: -1}
	for _, scale := range []float64{1, 0.5, 0.25} {
		config.Levels = append(config.Levels, slices.Repeat([]float64{scale}, len(patch)))
	}
	pipeline, err := augment.Standard(config)
	if err != nil {
		return augmentSpeed{}, err
	}
	shape := pipeline.Enlarged()
	image, labels := make([]float32, shape[0]*shape[1]*shape[2]), make([]int16, shape[0]*shape[1]*shape[2])
	rng := random.Derive(seed, "bench augment")
	for i := range image {
		image[i] = float32(rng.NormFloat64())
	}
	fillOrgans(labels, shape)
	var targets [][]float32
	for _, s := range pipeline.Target().Shapes {
		targets = append(targets, make([]float32, s[0]*s[1]*s[2]))
	}
	work := pipeline.NewPatch()
	one := func(i int) {
		pipeline.Reset(work)
		copy(work.Data, image)
		copy(work.Labels, labels)
		pipeline.Apply(work, random.Derive(seed, "bench augment", i))
		pipeline.Target().Write(targets, work)
	}
	for i := range 20 {
		one(i)
	}
	start := time.Now()
	for i := range samples {
		one(i)
	}
	return augmentSpeed{patch, 1e3 * time.Since(start).Seconds() / float64(samples), samples}, nil
}

// fillOrgans draws two nested ellipsoids: like organs, they are of one piece, and few voxels lie at a
// border.
func fillOrgans(labels []int16, shape [3]int) {
	for i := range labels {
		distance := 0.0
		rest := i
		for axis := 2; axis >= 0; axis-- {
			n := shape[axis]
			d := (float64(rest%n) + 0.5 - float64(n)/2) / float64(n)
			distance += d * d
			rest /= n
		}
		switch {
		case distance < 0.02:
			labels[i] = 2
		case distance < 0.06:
			labels[i] = 1
		}
	}
}
