package network

import (
	"math"

	"github.com/autoseg/autoseg/internal/random"
	"github.com/autoseg/autoseg/network/block"
)

// Initialise returns first values for every parameter by name, drawn from the seed: convolution
// weights from a normal distribution with deviation gain/sqrt(fan-in), gain = sqrt(2/(1+0.01^2)),
// biases and shifts zero, scales one, the last scale of a residual block zero (nnunet-model.md 1.6).
//
// PyTorch takes axis 1 of the weight for the fan-in, which for transposed convolutions is the number
// of output channels; that is kept. Every parameter has a stream of its own, so a value does not
// depend on which other parameters a network has before it.
func Initialise(m *Model, seed uint64) map[string][]float32 {
	r := map[string][]float32{}
	for _, p := range m.Parameters {
		shape := p.Node.Shape()
		data := make([]float32, shape.Size())
		switch p.Kind {
		case block.ConvWeight, block.ConvTWeight:
			fanIn := shape.Size() / shape[0]
			deviation := math.Sqrt(2/(1+0.01*0.01)) / math.Sqrt(float64(fanIn))
			stream := random.Derive(seed, "initialise "+p.Name)
			for k := range data {
				data[k] = float32(stream.NormFloat64() * deviation)
			}
		case block.NormScale:
			for k := range data {
				data[k] = 1
			}
		}
		r[p.Name] = data
	}
	return r
}
