package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/internal/fault"
)

// convolution is what bench conv measures.
type convolution struct {
	batch, in, out, stride int
	extent, kernel         []int
	block                  bool
}

// convSpeed is how fast it was.
type convSpeed struct {
	Milliseconds float64 `json:"ms"`
	GFLOPs       float64 `json:"gflops"`
	PeakFraction float64 `json:"peak_fraction"`
	PeakRSS      float64 `json:"peak_rss_mb"`
	Threads      int     `json:"threads"`
	SIMD         string  `json:"simd"`
}

func newBenchConvCommand(a *app) *cobra.Command {
	var v convolution
	var runs int
	c := &cobra.Command{
		Use:   "conv",
		Short: "Compute a convolution forward and backward",
		Example: examples(
			"autoseg bench conv --batch 2 --in 32 --out 32 --extent 64,64,64 --block",
			"autoseg bench conv --batch 9 --in 32 --out 64 --extent 40,56,40 --stride 2 --json"),
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := v.Validate(); err != nil {
				return err
			}
			if runs < 1 {
				return usagef("--runs %d: want a positive number", runs)
			}
			s, err := v.measure(cmd.Context(), a, runs)
			if err != nil {
				return err
			}
			return s.print(a)
		},
	}
	flags := c.Flags()
	flags.IntVar(&v.batch, "batch", 2, "`N` samples")
	flags.IntVar(&v.in, "in", 32, "from `C` channels")
	flags.IntVar(&v.out, "out", 32, "to `C` channels")
	flags.IntSliceVar(&v.extent, "extent", []int{64, 64, 64}, "pixels of the input, `D,H,W`, or H,W for 2D")
	flags.IntSliceVar(&v.kernel, "kernel", []int{3, 3, 3}, "odd extent of the kernel, `D,H,W`, or H,W for 2D")
	flags.IntVar(&v.stride, "stride", 1, "step of the output along every axis")
	flags.BoolVar(&v.block, "block", false, "add instance norm and leaky ReLU")
	flags.IntVar(&runs, "runs", 7, "take the median of `N` runs")
	return c
}

// Validate reports the first flag that makes no sense.
func (v *convolution) Validate() error {
	axes := len(v.extent)
	switch {
	case min(v.batch, v.in, v.out, v.stride) < 1:
		return usagef("--batch %d --in %d --out %d --stride %d: want positive numbers", v.batch, v.in, v.out, v.stride)
	case axes != 2 && axes != 3 || len(v.kernel) != axes:
		return usagef("--extent %v --kernel %v: want two or three numbers each", v.extent, v.kernel)
	}
	for i, k := range v.kernel {
		if k < 1 || k%2 == 0 || v.extent[i] < 1 {
			return usagef("--extent %v --kernel %v: want positive extents and odd kernels", v.extent, v.kernel)
		}
	}
	return nil
}

// flops counts the operations of the three directions, without the norm.
func (v *convolution) flops() float64 {
	n := 3 * 2 * float64(v.batch) * float64(v.in) * float64(v.out)
	for i, k := range v.kernel {
		n *= float64(k * ((v.extent[i]-1)/v.stride + 1))
	}
	return n
}

func (v *convolution) measure(ctx context.Context, a *app, runs int) (convSpeed, error) {
	s := convSpeed{Threads: a.threads(), SIMD: a.simdLevel()}
	peak, err := cpu.Peak(cpu.Options{Workers: s.Threads, Level: a.flags.simd})
	if err != nil {
		return s, fault.Input(err)
	}
	executor, err := a.executor()
	if err != nil {
		return s, err
	}
	defer executor.Close()
	g, err := v.graph()
	if err != nil {
		return s, err
	}
	seconds, err := g.seconds(ctx, executor, runs)
	if err != nil {
		return s, err
	}
	s.Milliseconds, s.GFLOPs = seconds*1e3, v.flops()/seconds/1e9
	s.PeakFraction = s.GFLOPs * 1e9 / peak
	s.PeakRSS = peakMemory()
	return s, nil
}

func (s *convSpeed) print(a *app) error {
	if a.flags.json {
		return a.printJSON(s)
	}
	_, err := fmt.Fprintf(a.stdout, "%.2f ms forward and backward, %.0f GFLOP/s, %.2f of the peak, %d threads, %s, peak memory %.0f MB\n",
		s.Milliseconds, s.GFLOPs, s.PeakFraction, s.Threads, s.SIMD, s.PeakRSS)
	return err
}
