package op

import "github.com/autoseg/autoseg/engine"

// ChannelSum is the gradient of a bias: for every channel the sum of dy over batch and space. The
// result has shape (channel).
func ChannelSum(dy engine.Node) engine.Node { return dy.Graph().Apply(channelSumDefinition(), dy) }

func channelSumDefinition() *engine.Definition {
	return &engine.Definition{
		Kind: engine.ChannelSum,
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			if err := activation("the operand", s[0]); err != nil {
				return nil, err
			}
			return engine.Shape{s[0][1]}, nil
		},
		Compute: compute(channelSumKernel[float32], channelSumKernel[float64]),
	}
}

func channelSumKernel[T engine.Float](dst engine.Array, src []engine.Array) {
	samples, channels, voxels := planes(src[0].Shape)
	dy, sums := engine.Elements[T](src[0]), engine.Elements[T](dst)
	for c := range channels {
		sum := 0.0
		for n := range samples {
			for _, v := range dy[(n*channels+c)*voxels:][:voxels] {
				sum += float64(v)
			}
		}
		sums[c] = T(sum)
	}
}
