package op

import (
	"errors"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/engine"
)

// WeightedSum returns the sum of weights[i]*scalars[i].
func WeightedSum(weights []float64, scalars ...engine.Node) engine.Node {
	if len(weights) != len(scalars) || len(scalars) == 0 {
		panic("weighted_sum: as many weights as scalars are needed, and at least one")
	}
	return scalars[0].Graph().Apply(weightedSumDefinition(weights), scalars...)
}

// Scale returns factor*x.
func Scale(x engine.Node, factor float64) engine.Node {
	return x.Graph().Apply(scaleDefinition(factor), x)
}

// Weights reads the factors that WeightedSum wrote into its attributes.
func Weights(a engine.WeightsAttributes) ([]float64, error) {
	var r []float64
	for _, text := range strings.Split(a.Weights, " ") {
		w, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, err
		}
		r = append(r, w)
	}
	return r, nil
}

func weightsAttributes(weights []float64) engine.WeightsAttributes {
	texts := make([]string, len(weights))
	for i, w := range weights {
		texts[i] = strconv.FormatFloat(w, 'g', -1, 64)
	}
	return engine.WeightsAttributes{Weights: strings.Join(texts, " ")}
}

func weightedSumDefinition(weights []float64) *engine.Definition {
	return &engine.Definition{
		Kind: engine.WeightedSum, Attributes: weightsAttributes(weights),
		Infer: func(s []engine.Shape) (engine.Shape, error) {
			errs := []error{nil}
			for _, x := range s {
				errs = append(errs, scalar("an operand", x))
			}
			return engine.Shape{}, errors.Join(errs...)
		},
		Compute: compute(weightedSumKernel[float32](weights), weightedSumKernel[float64](weights)),
		Gradient: func(in []engine.Node, _, dy engine.Node) []engine.Node {
			var r []engine.Node
			for i := range in {
				r = append(r, Scale(dy, weights[i]))
			}
			return r
		},
	}
}

func scaleDefinition(factor float64) *engine.Definition {
	return &engine.Definition{
		Kind: engine.Scale, Attributes: engine.ScaleAttributes{Factor: factor},
		Infer:   func(s []engine.Shape) (engine.Shape, error) { return s[0], nil },
		Compute: compute(scaleKernel[float32](factor), scaleKernel[float64](factor)),
		Gradient: func(_ []engine.Node, _, dy engine.Node) []engine.Node {
			return []engine.Node{Scale(dy, factor)}
		},
	}
}

func weightedSumKernel[T engine.Float](weights []float64) kernel {
	return func(dst engine.Array, src []engine.Array) {
		sum := 0.0
		for i, s := range src {
			sum += weights[i] * float64(engine.Elements[T](s)[0])
		}
		engine.Elements[T](dst)[0] = T(sum)
	}
}

func scaleKernel[T engine.Float](factor float64) kernel {
	return func(dst engine.Array, src []engine.Array) {
		y := engine.Elements[T](dst)
		for i, v := range engine.Elements[T](src[0]) {
			y[i] = T(factor * float64(v))
		}
	}
}
