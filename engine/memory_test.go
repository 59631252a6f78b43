package engine_test

import (
	"math"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/internal/fault"
)

func newLimited(t *testing.T, bytes int64) engine.Executor {
	t.Helper()
	e, err := cpu.New(cpu.Options{Workers: 1, Memory: bytes})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// TestMeasure finds the memory of a program without taking any.
func TestMeasure(t *testing.T) {
	e := newLimited(t, 1) // enough to measure, not to compile
	g := engine.NewGraph(engine.Float32)
	measured, err := engine.Measure(g, block(t, g), e)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := compile(t, newLimited(t, 0))
	if got := p.Memory(); measured != got || got.Arena == 0 || got.Resident == 0 {
		t.Errorf("measured %+v, the program takes %+v", measured, got)
	}
}

// TestTooLittleMemory refuses a program with its sizes, and what another program holds counts.
func TestTooLittleMemory(t *testing.T) {
	const limit = 5 << 20 // two pages of 2 MB are one program
	e := newLimited(t, limit)
	first, _ := compile(t, e)
	g := engine.NewGraph(engine.Float32)
	x := g.Input("x", engine.Shape{1, 16, 128, 128})
	y := op.LeakyReLU(x, 0.1)
	target := engine.Target{Inputs: []engine.Node{x}, Outputs: []engine.Node{y}}
	_, err := engine.Compile(g, target, e)
	if err == nil || !fault.IsInput(err) {
		t.Fatalf("error %v, want bad input", err)
	}
	for _, want := range []string{"the program needs ", " MB for activations), more than the 1.0 MB of memory that cpu has left"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
	first.Close()
	p, err := engine.Compile(g, target, e)
	if err != nil {
		t.Fatalf("after the first program gave its memory back: %v", err)
	}
	p.Close()
}

// TestEmptyInputs refuses inputs that have no elements.
func TestEmptyInputs(t *testing.T) {
	for name, c := range map[string]struct {
		shape engine.Shape
		want  string
	}{
		"batch":    {engine.Shape{0, 16, 4, 4}, "input x has shape [0 16 4 4]: the batch is empty"},
		"negative": {engine.Shape{-3, 16, 4, 4}, "input x has shape [-3 16 4 4]: the batch is empty"},
		"extent":   {engine.Shape{1, 16, 0, 4}, "input x has shape [1 16 0 4]: axis 2 is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			g := engine.NewGraph(engine.Float32)
			err := engine.Build(func() error {
				x := g.Input("x", c.shape)
				_, err := engine.Compile(g, engine.Target{Inputs: []engine.Node{x}, Outputs: []engine.Node{x}}, newLimited(t, 0))
				return err
			})
			if err == nil || !strings.Contains(err.Error(), c.want) || !fault.IsInput(err) {
				t.Errorf("error %v, want bad input with %q", err, c.want)
			}
		})
	}
}

// TestUncountableValues refuses shapes whose elements or bytes no int counts, and counts the largest that it takes.
func TestUncountableValues(t *testing.T) {
	for name, c := range map[string]struct {
		shape engine.Shape
		want  string // "" where it is measured
	}{
		"largest batch":            {engine.Shape{math.MaxInt, 16, 4, 4}, "[9223372036854775807 16 4 4], more than the 1099511627776 elements"},
		"product of zero":          {engine.Shape{1 << 32, 16, 1 << 16, 1 << 16}, "more than the 1099511627776 elements"},
		"negative product":         {engine.Shape{1, 16, 1 << 30, 1 << 29}, "more than the 1099511627776 elements"},
		"one above":                {engine.Shape{1, 16, 1 << 18, 1<<18 + 1}, "more than the 1099511627776 elements"},
		"as many as a value holds": {engine.Shape{1, 16, 1 << 18, 1 << 18}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := engine.NewGraph(engine.Float32)
			x := g.Input("x", c.shape)
			r, err := engine.Measure(g, engine.Target{Inputs: []engine.Node{x}, Outputs: []engine.Node{op.LeakyReLU(x, 0.1)}}, newLimited(t, 0))
			switch {
			case c.want == "" && (err != nil || r.Arena < 1<<42):
				t.Errorf("measured %+v, error %v", r, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !fault.IsInput(err)):
				t.Errorf("error %v, want bad input with %q", err, c.want)
			}
		})
	}
}
