package kernel

import "fmt"

// Call holds the operands of one run of Forward, GradInput or PlanarForward.
type Call struct {
	// Dst is the result and Src the operand: y and x of Forward, dx and dy of GradInput.
	Dst, Src Activation
	// Weights are packed as the convolution's weights, in both directions.
	Weights []float32
	// Bias has one element per channel of Dst, or is nil.
	Bias []float32
	// Stats receives partial sums of Dst for Moments.Finish, StatsLen elements, or is nil.
	Stats []float32
	// Scratch has at least the elements that Scratch(Workers) asks for.
	Scratch []float32
	Workers int
}

// GradCall holds the operands of one run of GradWeight or PlanarGradWeight.
type GradCall struct {
	// Dst receives the gradient, packed like the weights.
	Dst []float32
	// X is the convolution's input, DY the gradient of its result.
	X, DY   Activation
	Scratch []float32
	Workers int
}

// need returns the first n elements of a slice, or panics with its name.
func need(what string, s []float32, n int) []float32 {
	if len(s) < n {
		panic(fmt.Sprintf("kernel: %s has %d elements, needs %d", what, len(s), n))
	}
	return s[:n]
}

// carver hands out pieces of the scratch memory, each starting at a multiple of 16 elements.
type carver struct{ rest []float32 }

func (c *carver) take(n int) []float32 {
	piece := need("scratch", c.rest, n)
	c.rest = c.rest[min(round16(n), len(c.rest)):]
	return piece
}

func round16(n int) int { return (n + 15) &^ 15 }
