package op_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/engine/ref"
)

// dropped runs a dropout of ones at some moments, and the gradient of its sum.
func dropped(t *testing.T, shape engine.Shape, a op.DropoutAttributes, moments ...engine.Moment) (results, gradients [][]float32) {
	t.Helper()
	g := engine.NewGraph(engine.Float32)
	x := g.Input("x", shape)
	cotangent := g.Input("cotangent", shape)
	y := op.Dropout(x, a)
	all := g.Gradients(op.InnerProduct(y, cotangent), []engine.Node{x})
	target := engine.Target{Inputs: []engine.Node{x, cotangent}, Outputs: append([]engine.Node{y}, all...)}
	ones := engine.NewArray(engine.Float32, shape)
	for i := range ones.F32 {
		ones.F32[i] = 1
	}
	p, err := engine.Compile(g, target, ref.New(2))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, m := range moments {
		out := []engine.Array{engine.NewArray(engine.Float32, shape), engine.NewArray(engine.Float32, shape)}
		if err := p.Run(context.Background(), m, []engine.Array{ones, ones}, out); err != nil {
			t.Fatal(err)
		}
		results, gradients = append(results, out[0].F32), append(gradients, out[1].F32)
	}
	return results, gradients
}

// TestDropoutFollowsTheMoment: what is dropped depends on seed, step and stream, not on the rate, and comes
// again when they come again; the gradient drops the same.
func TestDropoutFollowsTheMoment(t *testing.T) {
	shape, a := engine.Shape{2, 3, 8, 9}, op.DropoutAttributes{Probability: 0.5, Stream: "fc6"}
	y, dx := dropped(t, shape, a, engine.Moment{Seed: 7, Step: 1}, engine.Moment{Seed: 7, Step: 2}, engine.Moment{Seed: 8, Step: 1},
		engine.Moment{Seed: 7, Step: 1, Rate: 0.3})
	for i := range y {
		if !slices.Equal(y[i], dx[i]) {
			t.Errorf("run %d: the gradient drops other elements than the result", i)
		}
		for k := range i {
			if same, want := slices.Equal(y[i], y[k]), i == 3 && k == 0; same != want {
				t.Errorf("runs %d and %d are equal: %v, want %v", k, i, same, want)
			}
		}
	}
	a.Stream = "fc7"
	if other, _ := dropped(t, shape, a, engine.Moment{Seed: 7, Step: 1}); slices.Equal(other[0], y[0]) {
		t.Error("two streams drop the same elements")
	}
}

// TestDropoutKeepsTheMean: the share of zeros is the probability, within 5 deviations of a binomial count,
// and all else is 1/(1-p).
func TestDropoutKeepsTheMean(t *testing.T) {
	for _, p := range []float64{0, 0.1, 0.5, 0.9} {
		shape := engine.Shape{1, 4, 50, 50}
		y, _ := dropped(t, shape, op.DropoutAttributes{Probability: p}, engine.Moment{Seed: 3})
		zeros, n := 0, float64(shape.Size())
		for _, v := range y[0] {
			switch v {
			case 0:
				zeros++
			case float32(1 / (1 - p)):
			default:
				t.Fatalf("probability %v: a one became %v", p, v)
			}
		}
		if d := math.Abs(float64(zeros) - n*p); d > 5*math.Sqrt(n*p*(1-p)) {
			t.Errorf("probability %v: %d of %v elements dropped", p, zeros, n)
		}
	}
}

// TestDropoutOfChannels drops all voxels of a channel of a sample, or none.
func TestDropoutOfChannels(t *testing.T) {
	y, _ := dropped(t, engine.Shape{4, 32, 3, 5}, op.DropoutAttributes{Probability: 0.5, Channels: true}, engine.Moment{})
	zeros := 0
	for plane := range slices.Chunk(y[0], 15) {
		if slices.Min(plane) != slices.Max(plane) {
			t.Fatalf("a channel is dropped in part: %v", plane)
		}
		if plane[0] == 0 {
			zeros++
		}
	}
	if zeros < 40 || zeros > 88 { // 64 expected, deviation 5.7
		t.Errorf("%d of 128 channels dropped with probability 0.5", zeros)
	}
}
