package engine_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/engine/ref"
)

// block is convolution with bias, instance norm, leaky ReLU twice, the second on a concatenation of
// both, and a scalar at the end: everything that the fusion passes look for.
func block(t *testing.T, g *engine.Graph) engine.Target {
	t.Helper()
	var target engine.Target
	err := engine.Build(func() error {
		parameter := func(name string, shape ...int) engine.Node {
			n := g.Parameter(name, shape)
			target.Parameters = append(target.Parameters, n)
			return n
		}
		unit := func(name string, x engine.Node, out int) engine.Node {
			w, b := parameter(name+".w", out, x.Shape()[1], 3, 3), parameter(name+".b", out)
			y := op.Conv(x, w, b, []int{1, 1}, []int{1, 1})
			y = op.InstanceNorm(y, parameter(name+".g", out), parameter(name+".s", out), 1e-5)
			return op.LeakyReLU(y, 0.01)
		}
		x := g.Input("x", engine.Shape{2, 3, 6, 5})
		a := unit("a", x, 16)
		b := unit("b", a, 16)
		c := unit("c", op.Concat(b, a), 4)
		op.LeakyReLU(c, 0.5) // nobody reads it
		cotangent := g.Input("cotangent", c.Shape())
		scalar := op.InnerProduct(c, cotangent)
		target.Inputs = []engine.Node{x, cotangent}
		target.Outputs = []engine.Node{scalar}
		target.Updated = target.Parameters
		target.Gradients = g.Gradients(scalar, target.Updated)
		target.Rule = engine.Rule{Method: "sgd", Momentum: 0.9, Nesterov: true, ClipNorm: 1}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func compile(t *testing.T, e engine.Executor) (*engine.Program, string) {
	t.Helper()
	g := engine.NewGraph(engine.Float32)
	p, err := engine.Compile(g, block(t, g), e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	var text strings.Builder
	if err := p.Dump(&text); err != nil {
		t.Fatal(err)
	}
	_, last, _ := strings.Cut(text.String(), "after place:")
	return p, last
}

func newCPU(t *testing.T) engine.Executor {
	t.Helper()
	e, err := cpu.New(cpu.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestFusion(t *testing.T) {
	_, text := compile(t, newCPU(t))
	count := func(kind engine.Kind) int { return strings.Count(text, " = "+string(kind)+"(") }
	for kind, want := range map[engine.Kind]int{
		engine.ConvMoments: 3, engine.NormaliseActivation: 3, engine.NormActGradSums: 3, engine.NormActGradInput: 3,
		engine.Conv: 0, engine.Moments: 0, engine.Normalise: 0, engine.Activation: 0, engine.ActivationGrad: 0,
		engine.ChannelSum: 0, engine.Concat: 0, engine.SliceChannels: 0, engine.Update: 12,
	} {
		if got := count(kind); got != want {
			t.Errorf("%d instructions %s, want %d\n%s", got, kind, want, text)
		}
	}
	if !strings.Contains(text, string(engine.ConvMoments)+"(x, a.w@3)") {
		t.Errorf("the bias in front of a norm is still read by the convolution\n%s", text)
	}
}

func TestPlainExecutorKeepsTheGraph(t *testing.T) {
	_, text := compile(t, ref.New(1))
	for _, kind := range []engine.Kind{engine.ConvMoments, engine.NormaliseActivation, engine.Convert} {
		if strings.Contains(text, " = "+string(kind)+"(") {
			t.Errorf("the plain program has a %s", kind)
		}
	}
	if got := strings.Count(text, " = activation("); got != 3 {
		t.Errorf("%d activations, want 3: dead nodes must go", got)
	}
}

func TestEqualGraphsGiveEqualPrograms(t *testing.T) {
	e := newCPU(t)
	_, first := compile(t, e)
	_, second := compile(t, e)
	if first != second {
		t.Error("two builds of one graph differ")
	}
}

// TestMemoryIsShared looks at the plain executor, which needs no scratch beside the values.
func TestMemoryIsShared(t *testing.T) {
	p, _ := compile(t, ref.New(1))
	if r := p.Memory(); r.Arena >= r.Values || r.Arena == 0 || r.Resident == 0 {
		t.Errorf("arena %d bytes for values of %d, resident %d", r.Arena, r.Values, r.Resident)
	}
}

// TestStepsAgree trains three steps on both executors; 1e-5 is the rounding of sums of 300 float32
// products through three steps.
func TestStepsAgree(t *testing.T) {
	var results [2][]float32
	for i, e := range []engine.Executor{ref.New(1), newCPU(t)} {
		p, _ := compile(t, e)
		for k, r := range p.Residents() {
			if strings.Contains(r.Name, "#") {
				continue
			}
			a := engine.NewArray(engine.Float32, r.Shape)
			for j := range a.F32 {
				a.F32[j] = float32(math.Sin(float64(j*(k+2)))) / 3
			}
			if err := p.Set(r.Name, a); err != nil {
				t.Fatal(err)
			}
		}
		x, cotangent := engine.NewArray(engine.Float32, engine.Shape{2, 3, 6, 5}), engine.NewArray(engine.Float32, engine.Shape{2, 4, 6, 5})
		for j := range x.F32 {
			x.F32[j] = float32(math.Cos(float64(3 * j)))
		}
		for j := range cotangent.F32 {
			cotangent.F32[j] = float32(math.Cos(float64(7 * j)))
		}
		loss := []engine.Array{engine.NewArray(engine.Float32, engine.Shape{})}
		for s := range 3 {
			if err := p.Run(context.Background(), engine.Moment{Rate: 0.1, Step: s + 1}, []engine.Array{x, cotangent}, loss); err != nil {
				t.Fatal(err)
			}
			results[i] = append(results[i], loss[0].F32[0])
		}
		w := engine.NewArray(engine.Float32, engine.Shape{16, 3, 3, 3})
		if err := p.Get("a.w", w); err != nil {
			t.Fatal(err)
		}
		results[i] = append(results[i], w.F32...)
	}
	for i, want := range results[0] {
		if got := results[1][i]; math.Abs(float64(got-want)) > 1e-5*math.Max(1, math.Abs(float64(want))) {
			t.Errorf("value %d: cpu %v, ref %v", i, got, want)
		}
	}
	if results[0][0] == results[0][1] {
		t.Error("the steps changed nothing")
	}
}

func TestMisuse(t *testing.T) {
	g := engine.NewGraph(engine.Float32)
	x := g.Input("x", engine.Shape{1, 2, 4, 4})
	for name, test := range map[string]struct {
		build func()
		want  string
	}{
		"name taken":      {func() { g.Input("x", engine.Shape{1}) }, `two inputs named "x"`},
		"channels differ": {func() { op.Conv(x, g.Input("w", engine.Shape{3, 5, 3, 3}), engine.Node{}, []int{1, 1}, []int{1, 1}) }, "conv"},
		"other graph":     {func() { op.Add(x, engine.NewGraph(engine.Float32).Input("y", engine.Shape{1, 2, 4, 4})) }, "not a node of this graph"},
	} {
		err := engine.Build(func() error { test.build(); return nil })
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
	target := engine.Target{Inputs: []engine.Node{x}, Outputs: []engine.Node{op.LeakyReLU(x, 0.1)}}
	p, err := engine.Compile(g, target, ref.New(1))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Run(context.Background(), engine.Moment{}, []engine.Array{engine.NewArray(engine.Float32, engine.Shape{1, 2, 4, 3})}, nil); err == nil {
		t.Error("an input of another shape was accepted")
	}
	if err := p.Set("nothing", engine.NewArray(engine.Float32, engine.Shape{1})); err == nil {
		t.Error("an unknown parameter was accepted")
	}
}
