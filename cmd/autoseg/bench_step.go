package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/loss"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
)

// training is what bench step measures.
type training struct {
	architecture    plans.Architecture
	batch, channels int
	patch           []int
	classes         int
	batchDice       bool
}

// stepSpeed is how fast it was.
type stepSpeed struct {
	Seconds float64 `json:"s"`
	PeakRSS float64 `json:"peak_rss_mb"`
	Threads int     `json:"threads"`
	SIMD    string  `json:"simd"`
}

func newBenchStepCommand(a *app) *cobra.Command {
	var preset, plan, configuration string
	var batch, runs, classes int
	c := &cobra.Command{
		Use:   "step",
		Short: "Take a training step: forward, loss, backward, update",
		Example: examples(
			"autoseg bench step --preset hippocampus-3d",
			"autoseg bench step --plan plan.yaml --config 3d_fullres --batch 2 --json"),
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := chooseTraining(preset, plan, configuration, classes)
			if err != nil {
				return err
			}
			if batch < 0 || cmd.Flags().Changed("batch") && batch == 0 || runs < 1 {
				return usagef("--batch %d --runs %d: want positive numbers", batch, runs)
			}
			if batch > 0 {
				t.batch = batch
			}
			s, err := t.measure(cmd.Context(), a, runs)
			if err != nil {
				return err
			}
			return s.print(a)
		},
	}
	flags := c.Flags()
	flags.StringVar(&preset, "preset", "", "the hippocampus plan of 260 cases: `hippocampus-3d|hippocampus-2d`")
	flags.StringVar(&plan, "plan", "", "the plan, ours or nnU-Net's, in `FILE`")
	flags.StringVar(&configuration, "config", "", "the configuration `NAME` of the plan")
	flags.IntVar(&classes, "classes", 3, "with --plan: `N` classes, background included")
	flags.IntVar(&batch, "batch", 0, "a batch of `N` instead of the plan's")
	flags.IntVar(&runs, "runs", 3, "take the median of `N` steps")
	return c
}

func chooseTraining(preset, plan, configuration string, classes int) (training, error) {
	if (preset != "") == (plan != "") {
		return training{}, usagef("either --preset or --plan is needed")
	}
	if preset != "" {
		all := trainingPresets()
		t, ok := all[preset]
		if !ok {
			return t, usagef("--preset %q: want one of hippocampus-2d, hippocampus-3d", preset)
		}
		return t, nil
	}
	p, err := plans.Read(plan)
	if err != nil {
		return training{}, err
	}
	c, err := p.Configuration(configuration)
	if err != nil {
		return training{}, err
	}
	return training{c.Architecture, c.BatchSize, len(c.Normalisation), c.PatchSize, classes, c.BatchDice}, nil
}

// trainingPresets are what nnU-Net's planner decides for the 260 training cases of the Decathlon's
// hippocampus task.
func trainingPresets() map[string]training {
	return map[string]training{
		"hippocampus-3d": {hippocampus(3), 9, 1, []int{40, 56, 40}, 3, false},
		"hippocampus-2d": {hippocampus(2), 128, 1, []int{56, 40}, 3, true},
	}
}

func hippocampus(dimensions int) plans.Architecture {
	const stages = 4
	a := plans.Architecture{
		Family: "plain", Dimensions: dimensions, Features: []int{32, 64, 128, 256}, Bias: true,
		Convolutions: slices.Repeat([]int{2}, stages), DecoderConvolutions: slices.Repeat([]int{2}, stages-1),
		Norm:       plans.Norm{Kind: "instance", Epsilon: 1e-5, Affine: true},
		Activation: plans.Activation{Kind: "leaky_relu", Slope: 0.01},
	}
	for i := range stages {
		a.Kernels = append(a.Kernels, slices.Repeat([]int{3}, dimensions))
		a.Strides = append(a.Strides, slices.Repeat([]int{min(2, i+1)}, dimensions))
	}
	return a
}

// benchmark builds the network with nnU-Net's loss and optimiser on noise.
func (t *training) benchmark(seed uint64) (*benchmark, error) {
	b := newBenchmark()
	x := b.input("image", append(engine.Shape{t.batch, t.channels}, t.patch...), b.rng.NormFloat64)
	m, err := network.Build(b.graph, t.architecture, x, t.classes)
	if err != nil {
		return nil, err
	}
	b.target.Parameters, b.values = m.Nodes(), network.Initialise(m, seed)
	weights := loss.SupervisionWeights(len(m.Outputs))
	return b, engine.Build(func() error {
		var targets []engine.Node
		for i, o := range m.Outputs {
			if weights[i] != 0 {
				targets = append(targets, b.input(fmt.Sprintf("target %d", i), o.Shape().WithSpatial(1, o.Shape().Spatial()),
					func() float64 { return float64(b.rng.IntN(t.classes)) }))
			}
		}
		value, _ := loss.DeepSupervision(weights, loss.ForLabels{BatchDice: t.batchDice, Ignore: loss.NoIgnore}, m.Outputs, targets)
		b.target.Outputs = []engine.Node{value}
		depends := engine.Dependencies(value)
		for _, n := range m.Nodes() {
			if depends(n) {
				b.target.Updated = append(b.target.Updated, n)
			}
		}
		b.target.Gradients = b.graph.Gradients(value, b.target.Updated)
		b.target.Rule = engine.Rule{Method: "sgd", Momentum: 0.99, Nesterov: true, WeightDecay: 3e-5, ClipNorm: 12}
		return nil
	})
}

func (t *training) measure(ctx context.Context, a *app, runs int) (stepSpeed, error) {
	s := stepSpeed{Threads: a.threads(), SIMD: a.simdLevel()}
	executor, err := a.executor()
	if err != nil {
		return s, err
	}
	defer executor.Close()
	b, err := t.benchmark(a.flags.seed)
	if err != nil {
		return s, err
	}
	s.Seconds, err = b.seconds(ctx, executor, runs)
	s.PeakRSS = peakMemory()
	return s, err
}

func (s *stepSpeed) print(a *app) error {
	if a.flags.json {
		return a.printJSON(s)
	}
	_, err := fmt.Fprintf(a.stdout, "%.3f s per step, %d threads, %s, peak memory %.0f MB\n", s.Seconds, s.Threads, s.SIMD, s.PeakRSS)
	return err
}
