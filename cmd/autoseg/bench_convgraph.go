package main

import (
	"slices"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// graph builds the convolution, or with block what stands around it in a network, and the gradients of
// the input, the weights, the bias and the norm. Input and cotangent are parameters, so that they lie in
// the executor's layout, as they do inside a network.
func (v *convolution) graph() (*benchmark, error) {
	b := newBenchmark()
	err := engine.Build(func() error {
		x := b.parameter("x", append(engine.Shape{v.batch, v.in}, v.extent...))
		w := b.parameter("w", append(engine.Shape{v.out, v.in}, v.kernel...))
		y := op.Conv(x, w, b.parameter("bias", engine.Shape{v.out}), v.axes(v.stride), v.padding())
		dy := b.parameter("dy", y.Shape())
		b.target.Outputs = []engine.Node{y}
		if v.block {
			dy = b.normalise(y, dy)
		}
		a := v.attributes()
		grad := a
		grad.Extent = x.Shape().Spatial()
		b.target.Outputs = append(b.target.Outputs, op.ConvGradInput(w, dy, grad), op.ConvGradWeight(x, dy, a), op.ChannelSum(dy))
		return nil
	})
	return b, err
}

// normalise puts instance norm and leaky ReLU behind y as the wanted output, adds the gradients of the
// norm, and returns that of y.
func (b *benchmark) normalise(y, dz engine.Node) engine.Node {
	norm := engine.NormAttributes{Epsilon: 1e-5}
	leaky := engine.ActivationAttributes{Function: "leaky_relu", Slope: 0.01}
	gamma, beta := b.parameter("gamma", engine.Shape{y.Shape()[1]}), b.parameter("beta", engine.Shape{y.Shape()[1]})
	moments := op.Moments(y, norm)
	n := op.Normalise(y, moments, gamma, beta, norm)
	dn := op.ActivationGrad(n, dz, leaky)
	sums := op.NormGradSums(y, moments, dn, norm)
	b.target.Outputs = []engine.Node{op.Activation(n, leaky.Function, leaky.Slope),
		op.NormGradAffine(sums, engine.AffineAttributes{}), op.NormGradAffine(sums, engine.AffineAttributes{Shift: true})}
	return op.NormGradInput(y, moments, gamma, dn, sums, norm)
}

// axes repeats a number for every spatial axis.
func (v *convolution) axes(n int) []int { return slices.Repeat([]int{n}, len(v.extent)) }

// padding keeps the extent at stride 1.
func (v *convolution) padding() []int {
	p := v.axes(0)
	for i, k := range v.kernel {
		p[i] = k / 2
	}
	return p
}

func (v *convolution) attributes() engine.ConvAttributes {
	a := engine.ConvAttributes{Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1}}
	axes := len(v.extent)
	copy(a.Kernel[3-axes:], v.kernel)
	copy(a.Stride[3-axes:], v.axes(v.stride))
	copy(a.Pad[3-axes:], v.padding())
	return a
}
