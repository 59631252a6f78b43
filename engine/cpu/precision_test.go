package cpu

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/kernel"
	"github.com/autoseg/autoseg/engine/op"
)

// predictOnce compiles x -> conv -> norm -> activation -> conv with constant weights and runs it twice.
func predictOnce(t *testing.T, o Options) (layout string, first, second []float32) {
	t.Helper()
	n := &net{graph: engine.NewGraph(engine.Float32), start: map[string][]float32{}, rng: rand.New(rand.NewPCG(5, 7))}
	x := n.input("x", engine.Shape{1, 20, 4, 9, 12}, n.rng.NormFloat64)
	w0, w1 := n.parameter("w0", engine.Shape{33, 20, 3, 3, 3}, 0.1), n.parameter("w1", engine.Shape{16, 33, 1, 3, 3}, 0.1)
	one := []int{1, 1, 1}
	y := op.Conv(x, w0, engine.Node{}, one, one)
	y = op.LeakyReLU(op.InstanceNorm(y, n.parameter("gamma", engine.Shape{33}, 1), n.parameter("beta", engine.Shape{33}, 1), 1e-5), 0.01)
	y = op.Conv(y, w1, n.parameter("bias", engine.Shape{16}, 1), one, []int{0, 1, 1})
	n.target.Outputs = []engine.Node{y}
	e := open(t, o)
	p, err := engine.Compile(n.graph, n.target, e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	n.load(t, p)
	run := func() []float32 {
		out := engine.NewArray(engine.Float32, y.Shape())
		if err := p.Run(t.Context(), engine.Moment{}, n.inputs, []engine.Array{out}); err != nil {
			t.Fatal(err)
		}
		return out.F32
	}
	var text strings.Builder
	p.Dump(&text)
	return text.String(), run(), run()
}

// TestConstantWeights keeps transformed weights from run to run and comes to the result of the portable
// level.
func TestConstantWeights(t *testing.T) {
	_, want, _ := predictOnce(t, Options{Level: "none"})
	size := 0.0
	for _, v := range want {
		size = max(size, float64(v), -float64(v))
	}
	check := func(o Options, tolerance float64, kept string) {
		text, first, second := predictOnce(t, o)
		if !strings.Contains(text, "w0@"+kept) || !strings.Contains(text, "w1@"+kept) {
			t.Errorf("%+v: weights are not kept as layout %s:\n%s", o, kept, text)
		}
		worst := 0.0
		for i, v := range first {
			if v != second[i] {
				t.Fatalf("%+v: element %d is %g, then %g", o, i, v, second[i])
			}
			d := float64(v - want[i])
			worst = max(worst, d, -d)
		}
		if !(worst <= tolerance*size) {
			t.Errorf("%+v: error %g of %g, want at most %g of it", o, worst, size, tolerance)
		}
	}
	for _, level := range levels() {
		if level != "none" {
			check(Options{Level: level}, 1e-5, "4")
		}
	}
	if kernel.HasHalf() {
		check(Options{Precision: BF16}, 2e-2, "5")
	}
}

func TestPrecisionOptions(t *testing.T) {
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"unknown":          {Options{Precision: "int8"}, `unknown precision "int8": use fp32 or bf16`},
		"without avx512":   {Options{Precision: BF16, Level: "none"}, "bf16"},
		"named explicitly": {Options{Precision: FP32}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := errorText(c.o.Validate()); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("error %q, want %q", got, c.want)
			}
		})
	}
}
