package enginetest

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// channelCases put channels together and take them apart. The operands are made by an operator, since
// an executor may place only those inside the result.
func channelCases() []Case {
	var r []Case
	for _, c := range []struct {
		batch, first, second int
		extent               []int
	}{
		{1, 16, 16, []int{2, 3, 5}}, {2, 16, 32, []int{2, 3, 5}}, {2, 4, 6, []int{3, 2, 5}}, {1, 33, 1, []int{2, 2, 3}},
		{2, 12, 16, []int{4, 5}}, {3, 1, 2, []int{1, 1, 1}}, {2, 16, 5, []int{3, 3}},
	} {
		shape := func(channels int) []int { return append([]int{c.batch, channels}, c.extent...) }
		name := fmt.Sprintf("%dx(%d+%d) %v", c.batch, c.first, c.second, c.extent)
		r = append(r,
			Case{Name: "concat " + name, Build: func(b *Builder) engine.Node {
				x, y := b.Input(shape(c.first)...), b.Input(shape(c.second)...)
				return op.Scale(op.Concat(op.Scale(x, 2), op.Scale(y, -3)), 0.5)
			}},
			Case{Name: "concat of inputs " + name, Build: func(b *Builder) engine.Node {
				return op.Concat(b.Input(shape(c.first)...), b.Input(shape(c.second)...))
			}},
			Case{Name: "concat with a reader beside it " + name, Build: func(b *Builder) engine.Node {
				x, y := op.Scale(b.Input(shape(c.first)...), 2), op.LeakyReLU(b.Input(shape(c.second)...), 0.1)
				whole := op.Concat(y, x)
				return op.Concat(op.Scale(whole, 3), op.LeakyReLU(x, 0.2), y)
			}},
			Case{Name: "slice " + name, Build: func(b *Builder) engine.Node {
				x := op.Scale(b.Input(shape(c.first+c.second)...), 2)
				return op.Concat(op.Slice(x, c.first, c.first+c.second), op.LeakyReLU(op.Slice(x, 0, c.first), 0.1))
			}},
		)
	}
	return append(r,
		Case{Name: "concat of one value with itself", Build: func(b *Builder) engine.Node {
			x := op.Scale(b.Input(2, 16, 2, 3), 2)
			return op.Concat(x, x)
		}},
		Case{Name: "slice of the middle", Build: func(b *Builder) engine.Node {
			return op.LeakyReLU(op.Slice(op.Scale(b.Input(2, 48, 2, 3), 2), 16, 32), 0.1)
		}},
		Case{Name: "add", Build: func(b *Builder) engine.Node {
			return op.Add(b.Input(2, 6, 3, 5), b.Input(2, 6, 3, 5))
		}},
		Case{Name: "add a value to itself", Build: func(b *Builder) engine.Node {
			x := op.LeakyReLU(b.Input(1, 16, 2, 3, 5), 0.1)
			return op.Add(x, x)
		}},
		Case{Name: "add of two readers of one value", Build: func(b *Builder) engine.Node {
			x := op.Scale(b.Input(1, 16, 2, 3, 5), 1.5)
			return op.Add(op.LeakyReLU(x, 0.1), op.Activation(x, "tanh", 0))
		}},
	)
}

func scalarCases() []Case {
	return []Case{
		{Name: "inner product", Build: func(b *Builder) engine.Node {
			return op.InnerProduct(b.Input(2, 5, 3, 4), b.Input(2, 5, 3, 4))
		}},
		{Name: "scale by a scalar", Build: func(b *Builder) engine.Node {
			x := b.Input(1, 16, 3, 4)
			return op.ScaleBy(x, op.InnerProduct(b.Input(1, 2, 1, 1), b.Input(1, 2, 1, 1)))
		}},
		{Name: "weighted sum", Build: func(b *Builder) engine.Node {
			x, y := b.Input(1, 2, 3, 4), b.Input(1, 2, 3, 4)
			return op.WeightedSum([]float64{0.5, -2, 1.0 / 3}, op.InnerProduct(x, x), op.InnerProduct(x, y), op.InnerProduct(y, y))
		}},
	}
}
