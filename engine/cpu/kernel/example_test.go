package kernel_test

import (
	"fmt"

	"github.com/autoseg/autoseg/engine/cpu/kernel"
)

// A 1x1x1 convolution of one pixel adds its three channels, doubled, to the bias.
func Example() {
	one := [3]int{1, 1, 1}
	s := kernel.Shape{N: 1, In: 3, Out: 1, Extent: one, Kernel: one, Stride: one}
	plan := kernel.NewForward(s, kernel.Detect())

	x := kernel.Activation{Data: make([]float32, s.InputSample()), Stride: s.InputSample()}
	y := kernel.Activation{Data: make([]float32, s.OutputSample()), Stride: s.OutputSample()}
	kernel.ToBlocked(x, []float32{1, 2, 3}, s.N, s.In, 1)
	weights := make([]float32, kernel.PackedWeights(s.In, s.Out, s.Taps()))
	kernel.PackWeights(weights, []float32{2, 2, 2}, kernel.Weights{In: s.In, Out: s.Out, Taps: s.Taps()})

	const workers = 2
	plan.Run(kernel.Call{Dst: y, Src: x, Weights: weights, Bias: []float32{0.5},
		Scratch: make([]float32, plan.Scratch(workers)), Workers: workers})

	result := make([]float32, 1)
	kernel.FromBlocked(result, y, s.N, s.Out, 1)
	fmt.Println(result)
	// Output: [12.5]
}
