package op_test

import (
	"context"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/ref"
)

// values are the numbers of an input.
type values struct {
	shape engine.Shape
	data  []float64
}

// run builds a graph on inputs, runs it in float64 on the plain executor, and returns what build asked
// for.
func run(t *testing.T, inputs []values, build func(in []engine.Node) []engine.Node) [][]float64 {
	t.Helper()
	g := engine.NewGraph(engine.Float64)
	target := engine.Target{}
	var arrays []engine.Array
	for i, v := range inputs {
		target.Inputs = append(target.Inputs, g.Input(string(rune('a'+i)), v.shape))
		arrays = append(arrays, engine.Array{Shape: v.shape, F64: v.data})
	}
	if err := engine.Build(func() error { target.Outputs = build(target.Inputs); return nil }); err != nil {
		t.Fatal(err)
	}
	p, err := engine.Compile(g, target, ref.New(1))
	if err != nil {
		t.Fatal(err)
	}
	var outputs []engine.Array
	for _, n := range target.Outputs {
		outputs = append(outputs, engine.NewArray(engine.Float64, n.Shape()))
	}
	if err := p.Run(context.Background(), engine.Moment{}, arrays, outputs); err != nil {
		t.Fatal(err)
	}
	var r [][]float64
	for _, a := range outputs {
		r = append(r, a.F64)
	}
	return r
}
