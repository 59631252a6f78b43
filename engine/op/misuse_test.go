package op_test

import (
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// TestMisuse checks that graphs that cannot be right are refused while they are built, with a message
// that names the operator.
func TestMisuse(t *testing.T) {
	type graph struct {
		*engine.Graph
		input func(shape ...int) engine.Node
	}
	none, one := engine.Node{}, []int{1, 1}
	for _, c := range []struct {
		name, want string
		build      func(g graph) engine.Node
	}{
		{"channels of weights", "conv: weights of shape [4 2 3 3] for 3 channels", func(g graph) engine.Node {
			return op.Conv(g.input(1, 3, 5, 5), g.input(4, 2, 3, 3), none, one, one)
		}},
		{"axes of weights", "conv: weights of shape [4 3 3 3 3] for an input of shape [1 3 5 5]", func(g graph) engine.Node {
			return op.Conv(g.input(1, 3, 5, 5), g.input(4, 3, 3, 3, 3), none, one, one)
		}},
		{"stride per axis", "conv: stride [1] and padding [1 1] for 2 spatial axes", func(g graph) engine.Node {
			return op.Conv(g.input(1, 3, 5, 5), g.input(4, 3, 3, 3), none, one[:1], one)
		}},
		{"stride 0", "conv: kernel [1 3 3], stride [1 0 1]", func(g graph) engine.Node {
			return op.Conv(g.input(1, 3, 5, 5), g.input(4, 3, 3, 3), none, []int{0, 1}, one)
		}},
		{"kernel beyond the input", "conv: kernel [1 3 3] does not fit into extent [1 2 2]", func(g graph) engine.Node {
			return op.Conv(g.input(1, 3, 2, 2), g.input(4, 3, 3, 3), none, one, []int{0, 0})
		}},
		{"bias", "conv: the bias has shape [3]", func(g graph) engine.Node {
			return op.Conv(g.input(1, 3, 5, 5), g.input(4, 3, 3, 3), g.input(3), one, one)
		}},
		{"transposed weights", "conv_t: weights of shape [4 3 2 2] for 3 channels", func(g graph) engine.Node {
			return op.ConvTranspose(g.input(1, 3, 5, 5), g.input(4, 3, 2, 2), none, []int{2, 2}, []int{0, 0})
		}},
		{"convolution of a scalar", "conv: the input has shape []", func(g graph) engine.Node {
			return op.Conv(g.input(), g.input(4, 3, 2, 2), none, one, one)
		}},
		{"gamma", "normalise: gamma or beta of shape [2] for 3 channels", func(g graph) engine.Node {
			return op.InstanceNorm(g.input(1, 3, 5, 5), g.input(2), g.input(3), 1e-5)
		}},
		{"function", `activation: unknown function "swish"`, func(g graph) engine.Node {
			return op.Activation(g.input(1, 3, 5, 5), "swish", 0)
		}},
		{"probability", "dropout: probability 1, want from 0 to below 1", func(g graph) engine.Node {
			return op.Dropout(g.input(1, 3, 5, 5), op.DropoutAttributes{Probability: 1})
		}},
		{"concatenation", "concat: operand 1 of shape [1 3 5 4] beside one of [1 3 5 5]", func(g graph) engine.Node {
			return op.Concat(g.input(1, 3, 5, 5), g.input(1, 3, 5, 4))
		}},
		{"slice", "slice_channels: channels [1, 4) of 3", func(g graph) engine.Node {
			return op.Slice(g.input(1, 3, 5, 5), 1, 4)
		}},
		{"sum", "add: operands have shapes", func(g graph) engine.Node {
			return op.Add(g.input(1, 3, 5, 5), g.input(1, 3, 5, 4))
		}},
		{"weighted sum of arrays", "weighted_sum: an operand has shape [2], want a scalar", func(g graph) engine.Node {
			return op.WeightedSum([]float64{1}, g.input(2))
		}},
		{"target", "softmax_cross_entropy: the target has shape [1 3 5 5]", func(g graph) engine.Node {
			return op.SoftmaxCrossEntropy(g.input(1, 3, 5, 5), g.input(1, 3, 5, 5), -1)
		}},
		{"regions", "sigmoid_cross_entropy: target of shape [1 3 5 5]", func(g graph) engine.Node {
			return op.SigmoidCrossEntropy(g.input(1, 3, 5, 5), g.input(1, 3, 5, 5), true)
		}},
		{"dice", "dice_sums: the target has shape", func(g graph) engine.Node {
			return op.SoftDice(g.input(1, 3, 5, 5), g.input(1, 2, 5, 5), op.DiceOptions{})
		}},
		{"pooling window", "max_switches: window [1 4 1] does not fit into extent [1 3 5]", func(g graph) engine.Node {
			y, _ := op.MaxPool(g.input(1, 3, 3, 5), []int{4, 1}, op.Floor)
			return y
		}},
		{"switches", "scatter: the values has shape [1 3 2 2] and the switches has [1 3 2 3]", func(g graph) engine.Node {
			return op.Unpool(g.input(1, 3, 2, 2), g.input(1, 3, 2, 3), []int{4, 4})
		}},
		{"crop", "crop: box of extent [1 3 3] at [0 2 0] does not lie inside [1 4 4]", func(g graph) engine.Node {
			return op.Crop(g.input(1, 3, 4, 4), []int{2, 0}, []int{3, 3})
		}},
		{"pad", "pad: box of extent [1 4 4] at [0 1 0] does not lie inside [1 4 4]", func(g graph) engine.Node {
			return op.Pad(g.input(1, 3, 4, 4), []int{1, 0}, []int{4, 4})
		}},
		{"upsampling", "upsample_linear: factors [1 0 2], want at least 1", func(g graph) engine.Node {
			return op.UpsampleLinear(g.input(1, 3, 4, 4), []int{0, 2})
		}},
		{"long tent", "upsample_tent: kernel [1 5 4] reaches beyond two strides [1 2 2]", func(g graph) engine.Node {
			return op.UpsampleTent(g.input(1, 3, 4, 4), []int{5, 4}, []int{2, 2}, []int{1, 1})
		}},
		{"slopes", "prelu: slopes of shape [2] for 3 channels", func(g graph) engine.Node {
			return op.PReLU(g.input(1, 3, 4, 4), g.input(2))
		}},
		{"maxout", "maxout: 4 channels do not make groups of 3", func(g graph) engine.Node {
			return op.Maxout(g.input(1, 4, 4, 4), 3)
		}},
		{"gate", "gate: gate of shape [1 2 4 4] for an input of shape [1 3 4 4]", func(g graph) engine.Node {
			return op.Gate(g.input(1, 3, 4, 4), g.input(1, 2, 4, 4))
		}},
		{"another graph", "add: operand 1 is not a node of this graph", func(g graph) engine.Node {
			return op.Add(g.input(1, 3, 5, 5), engine.NewGraph(engine.Float32).Input("x", engine.Shape{1, 3, 5, 5}))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := graph{Graph: engine.NewGraph(engine.Float32)}
			count := 0
			g.input = func(shape ...int) engine.Node {
				count++
				return g.Input(strings.Repeat("x", count), shape)
			}
			err := engine.Build(func() error { c.build(g); return nil })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
