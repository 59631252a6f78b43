package enginetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// program is a compiled case whose outputs are its result, the scalar made of it and, where wanted, the
// gradients of that scalar.
type program struct {
	*engine.Program
	dtype   engine.Dtype
	leaves  []leaf
	names   []string
	outputs []engine.Array
}

// graph is a case as a graph, before it is compiled.
type graph struct {
	*Builder
	target engine.Target
	names  []string
}

// newGraph builds a case. A result that is no scalar is multiplied with random numbers, so that every
// element counts differently.
func newGraph(c Case, dtype engine.Dtype, gradients bool) *graph {
	b := newBuilder(c, dtype)
	result := c.Build(b)
	scalar := result
	if len(result.Shape()) > 0 {
		probe := b.add(result.Shape(), false, false, b.random.NormFloat64)
		scalar = op.InnerProduct(result, probe)
	}
	g := &graph{Builder: b, names: []string{"result", "scalar"}}
	g.target.Outputs = []engine.Node{result, scalar}
	var wrt []engine.Node
	for i, l := range b.leaves {
		if l.resident {
			g.target.Parameters = append(g.target.Parameters, l.node)
		} else {
			g.target.Inputs = append(g.target.Inputs, l.node)
		}
		if l.differentiable && gradients {
			wrt = append(wrt, l.node)
			g.names = append(g.names, fmt.Sprintf("gradient of leaf %d %v", i, l.node.Shape()))
		}
	}
	if gradients {
		g.target.Outputs = append(g.target.Outputs, b.Graph.Gradients(scalar, wrt)...)
	}
	return g
}

// compile builds a case, compiles it for an executor and sets its parameters.
func compile(t testing.TB, c Case, executor engine.Executor, dtype engine.Dtype, gradients bool) *program {
	t.Helper()
	var g *graph
	if err := engine.Build(func() error { g = newGraph(c, dtype, gradients); return nil }); err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	return g.compile(t, c, executor)
}

func (g *graph) compile(t testing.TB, c Case, executor engine.Executor) *program {
	t.Helper()
	compiled, err := engine.Compile(g.Graph, g.target, executor)
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	p := &program{Program: compiled, dtype: g.Graph.Dtype(), leaves: g.leaves, names: g.names}
	for _, n := range g.target.Outputs {
		p.outputs = append(p.outputs, engine.NewArray(p.dtype, n.Shape()))
	}
	for i := range g.leaves {
		if g.leaves[i].resident {
			p.set(t, i)
		}
	}
	return p
}

// set gives the parameter that is leaf i its value.
func (p *program) set(t testing.TB, i int) {
	t.Helper()
	if err := p.Set(p.leaves[i].node.Name(), p.leaves[i].array(p.dtype)); err != nil {
		t.Fatal(err)
	}
}

// run runs the program once and returns its outputs, widened to float64.
func (p *program) run(t testing.TB, moment engine.Moment) [][]float64 {
	t.Helper()
	var inputs []engine.Array
	for _, l := range p.leaves {
		if !l.resident {
			inputs = append(inputs, l.array(p.dtype))
		}
	}
	if err := p.Run(context.Background(), moment, inputs, p.outputs); err != nil {
		t.Fatal(err)
	}
	r := make([][]float64, len(p.outputs))
	for i, a := range p.outputs {
		r[i] = widen(a)
	}
	return r
}

// get reads a parameter or state.
func (p *program) get(t testing.TB, r engine.Resident) []float64 {
	t.Helper()
	a := engine.NewArray(p.dtype, r.Shape)
	if err := p.Get(r.Name, a); err != nil {
		t.Fatal(err)
	}
	return widen(a)
}

// widen copies an array into float64.
func widen(a engine.Array) []float64 {
	r := append([]float64{}, a.F64...)
	for _, v := range a.F32 {
		r = append(r, float64(v))
	}
	return r
}

// once compiles a case with its gradients, runs it at the zero moment, which is that of Gorgonia's machine,
// and gives the memory back.
func once(t testing.TB, c Case, executor engine.Executor, dtype engine.Dtype) (names []string, outputs [][]float64) {
	t.Helper()
	p := compile(t, c, executor, dtype, true)
	defer closeProgram(t, p)
	return p.names, p.run(t, engine.Moment{})
}

func closeProgram(t testing.TB, p *program) {
	t.Helper()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
