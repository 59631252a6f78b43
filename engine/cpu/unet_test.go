package cpu

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/kernel"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/engine/ref"
)

// smallNet is a U-Net of two levels with everything that occurs in a training step.
type smallNet struct {
	batch, in, features, deep, classes int
	extent                             []int
	joint                              bool // batch norm
	function                           string
	slope                              float64
	biased                             bool
	rule                               engine.Rule
}

// net is a graph with its target and the values to start from.
type net struct {
	graph  *engine.Graph
	target engine.Target
	start  map[string][]float32
	inputs []engine.Array
	rng    *rand.Rand
	rate   float64
	names  []string // of the outputs
}

func (s smallNet) build() *net {
	n := &net{graph: engine.NewGraph(engine.Float32), start: map[string][]float32{}, rng: rand.New(rand.NewPCG(5, 6))}
	x := n.input("image", append(engine.Shape{s.batch, s.in}, s.extent...), func() float64 { return n.rng.NormFloat64()*2 + 0.5 })
	target := n.input("target", append(engine.Shape{s.batch, 1}, s.extent...), func() float64 { return float64(n.rng.IntN(s.classes)) })
	top := s.unit(n, "top", s.unit(n, "first", x, s.in, s.features, 1), s.features, s.features, 1)
	low := s.unit(n, "low", top, s.features, s.deep, 2)
	w := n.parameter("up.w", append(engine.Shape{s.deep, s.features}, s.axes(2)...), 0.2)
	up := op.ConvTranspose(low, w, n.parameter("up.b", engine.Shape{s.features}, 0.1), s.axes(2), s.axes(0))
	joined := s.unit(n, "joined", op.Concat(up, top), 2*s.features, s.features, 1)
	head := n.parameter("head.w", append(engine.Shape{s.classes, s.features}, s.axes(1)...), 0.3)
	logits := op.Conv(joined, head, n.parameter("head.b", engine.Shape{s.classes}, 0.1), s.axes(1), s.axes(0))
	loss := op.WeightedSum([]float64{0.7, 1.3}, op.SoftmaxCrossEntropy(logits, target, -1),
		op.SoftDice(logits, target, op.DiceOptions{Batch: s.joint, Epsilon: 1e-5, Ignore: -1}))
	gradients := n.graph.Gradients(loss, n.target.Parameters)
	n.target.Outputs = append([]engine.Node{loss, logits}, gradients...)
	n.names = []string{"loss", "logits"}
	for _, p := range n.target.Parameters {
		n.names = append(n.names, "gradient "+p.Name())
	}
	if n.rate = 0.05; s.rule.Method != "sgd" {
		n.rate = 0.001
	}
	n.target.Updated, n.target.Gradients, n.target.Rule = n.target.Parameters, gradients, s.rule
	return n
}

// unit is convolution, norm and activation.
func (s smallNet) unit(n *net, name string, x engine.Node, in, out, stride int) engine.Node {
	w := n.parameter(name+".w", append(engine.Shape{out, in}, s.axes(3)...), 1/math.Sqrt(float64(in)*9))
	var bias engine.Node
	if s.biased {
		bias = n.parameter(name+".b", engine.Shape{out}, 0.1)
	}
	y := op.Conv(x, w, bias, s.axes(stride), s.axes(1))
	gamma, beta := n.parameter(name+".gamma", engine.Shape{out}, 1), n.parameter(name+".beta", engine.Shape{out}, 0.3)
	if s.joint {
		y = op.BatchNorm(y, gamma, beta, 1e-5)
	} else {
		y = op.InstanceNorm(y, gamma, beta, 1e-5)
	}
	return op.Activation(y, s.function, s.slope)
}

// axes repeats a number for every spatial axis.
func (s smallNet) axes(n int) []int {
	r := make([]int, len(s.extent))
	for i := range r {
		r[i] = n
	}
	return r
}

func (n *net) input(name string, shape engine.Shape, draw func() float64) engine.Node {
	a := engine.NewArray(engine.Float32, shape)
	for i := range a.F32 {
		a.F32[i] = float32(draw())
	}
	n.inputs = append(n.inputs, a)
	node := n.graph.Input(name, shape)
	n.target.Inputs = append(n.target.Inputs, node)
	return node
}

func (n *net) parameter(name string, shape engine.Shape, deviation float64) engine.Node {
	values := make([]float32, shape.Size())
	for i := range values {
		values[i] = float32(n.rng.NormFloat64() * deviation)
	}
	n.start[name] = values
	node := n.graph.Parameter(name, shape)
	n.target.Parameters = append(n.target.Parameters, node)
	return node
}

// run takes two training steps and returns what came out of the last and all parameters and states.
func (n *net) run(t testing.TB, e engine.Executor) map[string][]float32 {
	t.Helper()
	p, err := engine.Compile(n.graph, n.target, e)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	outputs := n.load(t, p)
	for step := 1; step <= 2; step++ {
		if err := p.Run(context.Background(), engine.Moment{Rate: n.rate, Step: step}, n.inputs, outputs); err != nil {
			t.Fatal(err)
		}
	}
	r := map[string][]float32{}
	for i, o := range outputs {
		r[n.names[i]] = o.F32
	}
	for _, res := range p.Residents() {
		a := engine.NewArray(engine.Float32, res.Shape)
		if err := p.Get(res.Name, a); err != nil {
			t.Fatal(err)
		}
		r[res.Name] = a.F32
	}
	return r
}

// load sets the parameters and returns arrays for the outputs.
func (n *net) load(t testing.TB, p *engine.Program) []engine.Array {
	t.Helper()
	for _, res := range p.Residents() {
		if values := n.start[res.Name]; values != nil {
			if err := p.Set(res.Name, engine.Of32(res.Shape, values)); err != nil {
				t.Fatal(err)
			}
		}
	}
	var outputs []engine.Array
	for _, s := range p.Outputs() {
		outputs = append(outputs, engine.NewArray(engine.Float32, s))
	}
	return outputs
}

func smallNets() map[string]smallNet {
	sgd := engine.Rule{Method: "sgd", Momentum: 0.99, Nesterov: true, WeightDecay: 3e-5, ClipNorm: 1}
	return map[string]smallNet{
		"3d as nnU-Net":        {batch: 2, in: 1, features: 32, deep: 64, classes: 3, extent: []int{4, 10, 6}, function: "leaky_relu", slope: 0.01, biased: true, rule: sgd},
		"3d with few channels": {batch: 2, in: 2, features: 6, deep: 12, classes: 2, extent: []int{4, 6, 8}, function: "leaky_relu", slope: 0.2, rule: sgd},
		"3d joint, odd widths": {batch: 3, in: 4, features: 20, deep: 40, classes: 4, extent: []int{2, 14, 4}, joint: true, function: "relu", rule: engine.Rule{Method: "adam", Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 1e-2}},
		"2d":                   {batch: 2, in: 3, features: 16, deep: 48, classes: 3, extent: []int{12, 30}, function: "leaky_relu", slope: 0.01, biased: true, rule: sgd},
		"2d elu, 20 channels":  {batch: 1, in: 20, features: 32, deep: 32, classes: 3, extent: []int{6, 34}, function: "elu", slope: 1, rule: engine.Rule{Method: "adamw", Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, WeightDecay: 1e-2}},
		"2d plain descent":     {batch: 1, in: 1, features: 48, deep: 16, classes: 2, extent: []int{6, 2}, function: "relu", rule: engine.Rule{Method: "sgd", WeightDecay: 0.1}},
	}
}

// levels returns the SIMD levels of this processor by their names.
func levels() []string {
	r := []string{"none"}
	if kernel.Detect() >= kernel.AVX2 {
		r = append(r, "avx2")
	}
	if kernel.Detect() >= kernel.AVX512 {
		r = append(r, "avx512")
	}
	return r
}

func open(t testing.TB, o Options) engine.Executor {
	t.Helper()
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// TestAgainstReference compares two training steps with the plain executor, which sums in float64. The
// bound on the root mean square is some hundred roundings of float32: convolutions sum up to 1000
// products, and Adam divides gradients by their own size.
func TestAgainstReference(t *testing.T) {
	for name, s := range smallNets() {
		want := s.build().run(t, ref.New(2))
		for _, level := range levels() {
			t.Run(name+"/"+level, func(t *testing.T) {
				got := s.build().run(t, open(t, Options{Workers: 2, Level: level}))
				if len(got) != len(want) {
					t.Fatalf("%d arrays, want %d", len(got), len(want))
				}
				for k, w := range want {
					if d := difference(got[k], w, scale(want, k)); !(d < 5e-5) {
						t.Errorf("%s: relative difference %.2g", k, d)
					}
				}
			})
		}
	}
}

// scale is what the error of an array is measured against: its own size, or that of the norm's shift for
// the bias in front of a norm, whose gradient is rounding alone.
func scale(all map[string][]float32, name string) []float32 {
	for _, unit := range []string{"first", "top", "low", "joined"} {
		if before, after, found := strings.Cut(name, unit+".b"); found && !strings.HasPrefix(after, "eta") {
			return all[before+unit+".beta"+after]
		}
	}
	return all[name]
}

// difference is the root mean square of a-b over that of size.
func difference(a, b, size []float32) float64 {
	var d, s float64
	for i := range b {
		e := float64(a[i]) - float64(b[i])
		d += e * e
		s += float64(size[i]) * float64(size[i])
	}
	return math.Sqrt(d / (s + 1e-12))
}

// TestWorkers demands the same bits for any number of workers.
func TestWorkers(t *testing.T) {
	for name, s := range smallNets() {
		for _, level := range levels() {
			t.Run(name+"/"+level, func(t *testing.T) {
				want := s.build().run(t, open(t, Options{Workers: 1, Level: level}))
				for _, workers := range []int{2, 5} {
					got := s.build().run(t, open(t, Options{Workers: workers, Level: level}))
					for k, w := range want {
						for i := range w {
							if math.Float32bits(got[k][i]) != math.Float32bits(w[i]) {
								t.Fatalf("%s element %d: %v with %d workers, %v with one", k, i, got[k][i], workers, w[i])
							}
						}
					}
				}
			})
		}
	}
}
