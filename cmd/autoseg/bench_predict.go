package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/weights"
)

// tile is what bench predict measures: one window of an image that is not larger.
type tile struct {
	patch    []int
	features []int
	mirror   []int
}

// tilePresets are those of CLI.md.
func tilePresets() map[string]tile {
	return map[string]tile{
		"tile-128":         {[]int{128, 128, 128}, []int{32, 64, 128, 256, 320, 320}, nil},
		"tile-hippocampus": {[]int{40, 56, 40}, []int{32, 64, 128, 256}, []int{0, 1, 2}},
	}
}

func newBenchPredictCommand(a *app) *cobra.Command {
	var preset, precision string
	var runs int
	c := &cobra.Command{
		Use:   "predict",
		Short: "Predict one tile: a 128x128x128 one once, or the hippocampus one in all eight orientations",
		Example: examples(
			"autoseg bench predict",
			"autoseg bench predict --preset tile-hippocampus --json"),
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, ok := tilePresets()[preset]
			if !ok {
				return usagef("--preset %q: want one of tile-128, tile-hippocampus", preset)
			}
			if err := a.choosePrecision(precision); err != nil {
				return err
			}
			if runs < 1 {
				return usagef("--runs %d: want a positive number", runs)
			}
			s, err := t.measure(cmd.Context(), a, runs)
			if err != nil {
				return err
			}
			return s.printTile(a, preset)
		},
	}
	flags := c.Flags()
	flags.StringVar(&preset, "preset", "tile-128", "`tile-128|tile-hippocampus`")
	flags.StringVar(&precision, "precision", "fp32", "multiply in `fp32|bf16`; bf16 is faster and needs a processor with AVX512_BF16")
	flags.IntVar(&runs, "runs", 3, "take the median of `N` tiles")
	return c
}

// plans describes a network of three classes on the tile.
func (t *tile) plans() *plans.Plans {
	arch := hippocampus(3)
	stages := len(t.features)
	arch.Features, arch.Convolutions, arch.DecoderConvolutions = t.features, slices.Repeat([]int{2}, stages), slices.Repeat([]int{2}, stages-1)
	for i := len(arch.Kernels); i < stages; i++ {
		arch.Kernels, arch.Strides = append(arch.Kernels, []int{3, 3, 3}), append(arch.Strides, []int{2, 2, 2})
	}
	spline := plans.Resampling{Function: "resample_data_or_seg_to_shape", Order: 1}
	return &plans.Plans{TransposeForward: [3]int{0, 1, 2}, TransposeBackward: [3]int{0, 1, 2}, Configurations: []*plans.Configuration{{
		Name: "tile", BatchSize: 1, PatchSize: t.patch, Spacing: []float64{1, 1, 1}, Architecture: arch,
		Normalisation: []plans.Normalisation{{Scheme: plans.ZScore}}, ResampleData: spline, ResampleLabels: spline, ResampleProbabilities: spline}}}
}

// config is a predictor with the first values of a training.
func (t *tile) config(a *app, executor engine.Executor) (predict.Config, error) {
	c := predict.Config{Plans: t.plans(), Configuration: "tile", MirrorAxes: t.mirror, Workers: a.threads(), Executor: executor}
	var err error
	c.Labelling, err = dataset.NewLabelling([]dataset.Region{{Name: "background", Labels: []int{0}},
		{Name: "anterior", Labels: []int{1}}, {Name: "posterior", Labels: []int{2}}}, nil)
	if err != nil {
		return c, err
	}
	g := engine.NewGraph(engine.Float32)
	m, err := network.Build(g, c.Plans.Configurations[0].Architecture, g.Input("image", append(engine.Shape{1, 1}, t.patch...)), c.Labelling.Heads())
	if err != nil {
		return c, err
	}
	var fold []weights.Tensor
	values := network.Initialise(m, a.flags.seed)
	for _, p := range m.Parameters {
		fold = append(fold, weights.Tensor{Name: p.Name, Shape: p.Node.Shape(), Data: values[p.Name]})
	}
	c.Folds = [][]weights.Tensor{fold}
	return c, nil
}

// measure takes the median time from a preprocessed image of the tile's size to its logits, after one run
// that does not count.
func (t *tile) measure(ctx context.Context, a *app, runs int) (stepSpeed, error) {
	s := stepSpeed{Threads: a.threads(), SIMD: a.simdLevel()}
	executor, err := a.executor()
	if err != nil {
		return s, err
	}
	defer executor.Close()
	config, err := t.config(a, executor)
	if err != nil {
		return s, err
	}
	p, err := predict.New(config)
	if err != nil {
		return s, err
	}
	defer p.Close()
	noise := newBenchmark().rng
	image := &preprocess.Sample{Channels: 1, Shape: [3]int(t.patch), Data: make([]float32, t.patch[0]*t.patch[1]*t.patch[2])}
	for i := range image.Data {
		image.Data[i] = float32(noise.NormFloat64())
	}
	var times []float64
	for range runs + 1 {
		started := time.Now()
		if _, err := p.Logits(ctx, image, nil); err != nil {
			return s, err
		}
		times = append(times, time.Since(started).Seconds())
	}
	times = times[1:]
	slices.Sort(times)
	s.Seconds, s.PeakRSS = times[len(times)/2], peakMemory()
	return s, nil
}

func (s *stepSpeed) printTile(a *app, preset string) error {
	if a.flags.json {
		return a.printJSON(s)
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %.3f s, %d threads, %s, peak memory %.0f MB\n", preset, s.Seconds, s.Threads, s.SIMD, s.PeakRSS)
	return err
}
