package network

import (
	"fmt"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/plans"
)

// activations are all that a plan can name.
var activations = []plans.Activation{{Kind: plans.LeakyReLU, Slope: 0.1}, {Kind: plans.ReLU}, {Kind: plans.PReLU}, {Kind: plans.ELU},
	{Kind: plans.ELU, Slope: 0.5}, {Kind: plans.Sigmoid}, {Kind: plans.Tanh}, {Kind: plans.Maxout}, {Kind: plans.Maxout, Pieces: 3}}

// variantOptions are the options that change a family's parameters.
var variantOptions = map[string][]map[string]any{
	"plain":          {nil, {"deep_supervision": false}},
	"residual":       {nil, {"deep_supervision": false}},
	"unet":           {nil, {"deep_supervision": true}, {"up_activation": true}},
	"vnet":           {nil, {"deep_supervision": true}, {"output": "release"}},
	"deconvnet":      {nil, {"head": "padded"}},
	"attention_unet": {nil, {"gating_block": true}, {"gates": 1}},
	"fcn8s":          {nil, {"skip_scale": 0.01}},
}

// TestVariants builds every family with every activation, affine and not, with every option, and holds the
// parameters against the arithmetic of Footprint.
func TestVariants(t *testing.T) {
	for family, all := range variantOptions {
		for _, options := range all {
			for _, f := range activations {
				for _, affine := range []bool{true, false} {
					for _, dimensions := range []int{2, 3} {
						a, patch := planned(family, plans.InstanceNorm, dimensions)
						a.Activation, a.Norm.Affine, a.Options, a.Dropout = f, affine, options, 0.2
						if options["head"] == "padded" {
							a.Kernels[3] = repeat(3, dimensions)
						}
						name := fmt.Sprintf("%s %v %+v affine %v %dD", family, options, f, affine, dimensions)
						checkCount(t, name, a, patch)
					}
				}
			}
		}
	}
}

func checkCount(t *testing.T, name string, a plans.Architecture, patch []int) {
	t.Helper()
	for _, inputs := range []int{1, 3} {
		for _, mode := range []Mode{Training, Evaluation} {
			g := engine.NewGraph(engine.Float32)
			m, err := BuildFor(mode, g, a, g.Input("input", append(engine.Shape{2, inputs}, patch...)), 4)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got, want := m.Count(), int(Footprint(a, patch, inputs, 4).Parameters); got != want {
				t.Errorf("%s, %d channels: %d parameters, the footprint says %d", name, inputs, got, want)
			}
		}
	}
}
