package enginetest

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/ref"
)

// TestTapeMachine runs every case on Gorgonia's own machine. It computes with the same definitions but
// knows nothing of our compiler, so the two must agree in every bit: a difference is a fault in
// lowering, in placement, or in how an operator presents itself to Gorgonia.
func TestTapeMachine(t *testing.T) {
	for _, dtype := range []engine.Dtype{engine.Float32, engine.Float64} {
		for _, c := range Cases() {
			t.Run(c.Name, func(t *testing.T) {
				names, want := once(t, c, ref.New(1), dtype)
				got := onTape(t, c, dtype)
				for i, name := range names {
					if len(got[i]) != len(want[i]) {
						t.Fatalf("%s: %d values, want %d", name, len(got[i]), len(want[i]))
					}
					equal(t, name, got[i], want[i])
				}
			})
		}
	}
}

func onTape(t *testing.T, c Case, dtype engine.Dtype) [][]float64 {
	t.Helper()
	g := newGraph(c, dtype, true)
	for _, l := range g.leaves {
		if err := gorgonia.Let(l.node.Raw(), gorgoniaValue(l.array(dtype))); err != nil {
			t.Fatal(err)
		}
	}
	machine := gorgonia.NewTapeMachine(g.Graph.Expression())
	defer machine.Close()
	if err := machine.RunAll(); err != nil {
		t.Fatal(err)
	}
	var r [][]float64
	for _, n := range g.target.Outputs {
		r = append(r, tapeValues(t, n.Raw().Value()))
	}
	return r
}

func gorgoniaValue(a engine.Array) any {
	switch {
	case len(a.Shape) == 0 && a.F64 != nil:
		return a.F64[0]
	case len(a.Shape) == 0:
		return a.F32[0]
	case a.F64 != nil:
		return tensor.New(tensor.WithShape(a.Shape...), tensor.WithBacking(a.F64))
	}
	return tensor.New(tensor.WithShape(a.Shape...), tensor.WithBacking(a.F32))
}

func tapeValues(t *testing.T, v gorgonia.Value) []float64 {
	t.Helper()
	switch data := v.Data().(type) {
	case float64:
		return []float64{data}
	case float32:
		return []float64{float64(data)}
	case []float64:
		return data
	case []float32:
		return widen(engine.Array{F32: data})
	}
	t.Fatalf("value of type %T", v.Data())
	return []float64{math.NaN()}
}
