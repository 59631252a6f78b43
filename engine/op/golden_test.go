package op_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/internal/golden"
)

// plane is one channel of a 2D activation.
type plane [][]float64

func (p plane) values() values {
	v := values{shape: engine.Shape{1, 1, len(p), len(p[0])}}
	for _, row := range p {
		v.data = append(v.data, row...)
	}
	return v
}

// goldens is golden/classic/ops/ops.json, made by PyTorch in float64 and written with 12 decimals.
type goldens struct {
	Activations map[string]json.RawMessage
	Maxout      struct {
		Pieces       int
		X, Y, Winner []plane
	}
	Pooling struct {
		X           plane
		Floor, Ceil struct{ Max, Switches, Average plane }
		Unpooled    plane `json:"unpooled_floor"`
	} `json:"pooling_2x2"`
	Upsampling struct {
		X       plane
		Factors map[string]struct {
			Linear     plane `json:"half_pixel_linear"`
			Kernel     []int
			Padding    []int
			Transposed plane `json:"transposed_convolution"`
		}
	}
}

func readGoldens(t *testing.T) goldens {
	t.Helper()
	text, err := os.ReadFile(golden.Shared(t, "golden", "classic", "ops", "ops.json"))
	if err != nil {
		t.Fatal(err)
	}
	var g goldens
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// printed says what differs by more than the last of the twelve decimals.
func printed(t *testing.T, name string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
	}
	for i, v := range got {
		if !(math.Abs(v-want[i]) <= 1e-12) {
			t.Errorf("%s: value %d is %.13g, want %.13g", name, i, v, want[i])
		}
	}
}

// slopes are those of the goldens' activations.
var slopes = map[string]float64{"leaky_relu": 0.01, "elu": 1}

func TestGoldenActivations(t *testing.T) {
	g := readGoldens(t)
	var x []float64
	if err := json.Unmarshal(g.Activations["x"], &x); err != nil {
		t.Fatal(err)
	}
	input := values{engine.Shape{1, 1, 1, len(x)}, x}
	ones := values{input.shape, make([]float64, len(x))}
	for i := range x {
		ones.data[i] = 1
	}
	for _, name := range []string{"sigmoid", "tanh", "relu", "leaky_relu", "elu"} {
		var want struct{ Y, Dy []float64 }
		if err := json.Unmarshal(g.Activations[name], &want); err != nil {
			t.Fatal(err)
		}
		got := run(t, []values{input, ones}, func(in []engine.Node) []engine.Node {
			y := op.Activation(in[0], name, slopes[name])
			return append([]engine.Node{y}, in[0].Graph().Gradients(op.InnerProduct(y, in[1]), in[:1])...)
		})
		printed(t, name, got[0], want.Y)
		printed(t, name+" derivative", got[1], want.Dy)
	}
}

func TestGoldenPReLU(t *testing.T) {
	g := readGoldens(t)
	var x []float64
	var want struct{ Y, Dy, Dslope []float64 }
	if err := json.Unmarshal(g.Activations["x"], &x); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(g.Activations["prelu"], &want); err != nil {
		t.Fatal(err)
	}
	// Every number is a channel of its own, so that the slopes' gradients stay apart.
	input := values{engine.Shape{1, len(x), 1, 1}, x}
	quarter, ones := values{engine.Shape{len(x)}, make([]float64, len(x))}, values{input.shape, make([]float64, len(x))}
	for i := range x {
		quarter.data[i], ones.data[i] = 0.25, 1
	}
	got := run(t, []values{input, quarter, ones}, func(in []engine.Node) []engine.Node {
		y := op.PReLU(in[0], in[1])
		return append([]engine.Node{y}, in[0].Graph().Gradients(op.InnerProduct(y, in[2]), in[:2])...)
	})
	printed(t, "prelu", got[0], want.Y)
	printed(t, "prelu derivative", got[1], want.Dy)
	printed(t, "prelu slope", got[2], want.Dslope)
}

func TestGoldenMaxout(t *testing.T) {
	m := readGoldens(t).Maxout
	flat := func(channels []plane) values {
		v := values{shape: engine.Shape{1, len(channels), len(channels[0]), len(channels[0][0])}}
		for _, c := range channels {
			v.data = append(v.data, c.values().data...)
		}
		return v
	}
	x, y, winner := flat(m.X), flat(m.Y), flat(m.Winner)
	ones := values{y.shape, make([]float64, len(y.data))}
	for i := range ones.data {
		ones.data[i] = 1
	}
	got := run(t, []values{x, ones}, func(in []engine.Node) []engine.Node {
		z := op.Maxout(in[0], m.Pieces)
		return append([]engine.Node{z}, in[0].Graph().Gradients(op.InnerProduct(z, in[1]), in[:1])...)
	})
	printed(t, "maxout", got[0], y.data)
	voxels := y.shape[2] * y.shape[3]
	want := make([]float64, len(x.data))
	for i, w := range winner.data {
		want[(i/voxels*m.Pieces+int(w))*voxels+i%voxels] = 1
	}
	printed(t, "maxout winners", got[1], want)
}

func TestGoldenPooling(t *testing.T) {
	p := readGoldens(t).Pooling
	two := []int{2, 2}
	got := run(t, []values{p.X.values()}, func(in []engine.Node) []engine.Node {
		floor, switches := op.MaxPool(in[0], two, op.Floor)
		ceil, ceilSwitches := op.MaxPool(in[0], two, op.Ceil)
		return []engine.Node{floor, switches, op.Unpool(floor, switches, in[0].Shape()[2:]), op.AvgPool(in[0], two, two),
			ceil, ceilSwitches, op.AvgPoolCeil(in[0], two)}
	})
	for i, want := range []plane{p.Floor.Max, p.Floor.Switches, p.Unpooled, p.Floor.Average, p.Ceil.Max, p.Ceil.Switches, p.Ceil.Average} {
		printed(t, []string{"max", "switches", "unpooled", "average", "ceil max", "ceil switches", "ceil average"}[i], got[i], want.values().data)
	}
}

// TestLecturePooling is the 4x4 example of the lecture, with windows of 2 that fit, and with windows of 3,
// which leave a rim that floor mode ignores and ceil mode gives windows of its own.
func TestLecturePooling(t *testing.T) {
	x := plane{{29, 15, 28, 184}, {0, 100, 70, 38}, {12, 12, 7, 2}, {12, 12, 45, 6}}
	for _, c := range []struct {
		window                           int
		max, average, ceilMax, ceilMeans []float64
		switches, ceilSwitches           []float64
	}{
		{2, []float64{100, 184, 12, 45}, []float64{36, 80, 12, 15}, []float64{100, 184, 12, 45}, []float64{36, 80, 12, 15},
			[]float64{5, 3, 8, 14}, []float64{5, 3, 8, 14}},
		{3, []float64{100}, []float64{273. / 9}, []float64{100, 184, 45, 6}, []float64{273. / 9, 224. / 3, 69. / 3, 6},
			[]float64{5}, []float64{5, 3, 14, 15}},
	} {
		window := []int{c.window, c.window}
		got := run(t, []values{x.values()}, func(in []engine.Node) []engine.Node {
			y, at := op.MaxPool(in[0], window, op.Floor)
			ceil, ceilAt := op.MaxPool(in[0], window, op.Ceil)
			return []engine.Node{y, op.AvgPool(in[0], window, window), ceil, op.AvgPoolCeil(in[0], window), at, ceilAt}
		})
		for i, want := range [][]float64{c.max, c.average, c.ceilMax, c.ceilMeans, c.switches, c.ceilSwitches} {
			name := []string{"max", "average", "ceil max", "ceil average", "switches", "ceil switches"}[i]
			printed(t, fmt.Sprintf("%s of %d", name, c.window), got[i], want)
		}
	}
}

func TestGoldenUpsampling(t *testing.T) {
	u := readGoldens(t).Upsampling
	for name, f := range u.Factors {
		var factor []int
		for i, k := range f.Kernel {
			factor = append(factor, len(f.Transposed)/len(u.X))
			if i == 1 {
				factor[1] = len(f.Transposed[0]) / len(u.X[0])
			}
			if k != 2*factor[i]-factor[i]%2 {
				t.Fatalf("%s: kernel %v", name, f.Kernel)
			}
		}
		got := run(t, []values{u.X.values()}, func(in []engine.Node) []engine.Node {
			return []engine.Node{op.UpsampleLinear(in[0], factor), op.UpsampleTent(in[0], f.Kernel, factor, f.Padding)}
		})
		printed(t, name+" half-pixel", got[0], f.Linear.values().data)
		printed(t, name+" tent", got[1], f.Transposed.values().data)
	}
}

// TestTentIsATransposedConvolution compares with ConvTranspose and the kernel of architectures.md 2.4.
func TestTentIsATransposedConvolution(t *testing.T) {
	x := values{engine.Shape{1, 1, 2, 3}, []float64{1, -2, 3, 0.5, 4, -1}}
	row := []float64{0.25, 0.75, 0.75, 0.25}
	w := values{shape: engine.Shape{1, 1, 4, 4}}
	for _, a := range row {
		for _, b := range row {
			w.data = append(w.data, a*b)
		}
	}
	for _, pad := range [][]int{{0, 0}, {1, 1}} {
		got := run(t, []values{x, w}, func(in []engine.Node) []engine.Node {
			stride := []int{2, 2}
			return []engine.Node{op.UpsampleTent(in[0], []int{4, 4}, stride, pad), op.ConvTranspose(in[0], in[1], engine.Node{}, stride, pad)}
		})
		printed(t, "tent", got[0], got[1])
	}
}
