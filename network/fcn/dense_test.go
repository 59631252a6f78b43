package fcn

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/engine/ref"
	"github.com/autoseg/autoseg/weights"
)

// TestFullyConnectedLayerIsConvolution reads a small classifier's layer as a convolution: on features of
// the extent it was made for (those of an image of 224) it gives the same numbers, and on larger ones a map
// of what the layer says of every window.
func TestFullyConnectedLayerIsConvolution(t *testing.T) {
	const in, out, side = 6, 5, 7
	random := rand.New(rand.NewPCG(1, 2))
	dense := weights.Tensor{Name: "fc6.weight", Shape: []int{out, in * side * side}}
	for range out * in * side * side {
		dense.Data = append(dense.Data, float32(random.NormFloat64()))
	}
	w, err := Convolutional(dense, []int{side, side})
	if err != nil {
		t.Fatal(err)
	}
	for _, extent := range [][2]int{{side, side}, {9, 11}} {
		x := make([]float32, in*extent[0]*extent[1])
		for i := range x {
			x[i] = float32(random.NormFloat64())
		}
		got := convolve(t, engine.Of32(engine.Shape{1, in, extent[0], extent[1]}, x), w)
		rows, columns := extent[0]-side+1, extent[1]-side+1
		for f := range out {
			for cell := range rows * columns {
				want := 0.0
				for k, v := range dense.Data[f*in*side*side:][:in*side*side] { // the flattened window
					c, y, z := k/(side*side), k/side%side+cell/columns, k%side+cell%columns
					want += float64(v) * float64(x[(c*extent[0]+y)*extent[1]+z])
				}
				if g := got[f*rows*columns+cell]; math.Abs(float64(g)-want) > 1e-4 {
					t.Fatalf("extent %v, output %d, cell %d: %v, the layer says %v", extent, f, cell, g, want)
				}
			}
		}
	}
	if _, err := Convolutional(dense, []int{5, 7}); err == nil {
		t.Error("a kernel that does not fit was accepted")
	}
}

func convolve(t *testing.T, x engine.Array, w weights.Tensor) []float32 {
	t.Helper()
	g := engine.NewGraph(engine.Float32)
	a, b := g.Input("x", x.Shape), g.Input("w", engine.Shape(w.Shape))
	y := op.Conv(a, b, engine.Node{}, []int{1, 1}, []int{0, 0})
	p, err := engine.Compile(g, engine.Target{Inputs: []engine.Node{a, b}, Outputs: []engine.Node{y}}, ref.New(1))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	r := engine.NewArray(engine.Float32, y.Shape())
	if err := p.Run(context.Background(), engine.Moment{}, []engine.Array{x, engine.Of32(engine.Shape(w.Shape), w.Data)}, []engine.Array{r}); err != nil {
		t.Fatal(err)
	}
	return r.F32
}
