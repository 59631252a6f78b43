package planner

import (
	"fmt"
	"slices"

	"github.com/autoseg/autoseg/plans"
)

// widths says how many features the stages of a network have.
type widths struct{ base, most int }

// headFeatures caps the head of FCN and DeconvNet, whose published 4096 is made for a thousand classes.
const headFeatures = 512

// architecture turns a topology into the network of a family (for plain and residual nnunet-data.md
// 4.10, for the others architectures.md chapter 10). The result is final: builders take features,
// kernels and counts as they are.
func architecture(family string, t topology, w widths) (plans.Architecture, error) {
	stages := len(t.strides)
	a := plans.Architecture{
		Family:              family,
		Dimensions:          len(t.patch),
		Features:            stageFeatures(w.base, w.most, stages),
		Kernels:             t.kernels,
		Strides:             t.strides,
		Convolutions:        slices.Repeat([]int{convolutionsPlain}, stages),
		DecoderConvolutions: slices.Repeat([]int{convolutionsPlain}, stages-1),
		Bias:                true,
		Norm:                plans.Norm{Kind: plans.InstanceNorm, Epsilon: 1e-5, Affine: true},
		Activation:          plans.Activation{Kind: plans.ReLU},
	}
	adapt, ok := adaptations[family]
	if !ok {
		return a, fmt.Errorf("network %q has no planning rule", family)
	}
	if err := adapt(&a, t); err != nil {
		return a, fmt.Errorf("network %s: %w", family, err)
	}
	return a, nil
}

// adaptations holds what each family changes.
var adaptations = map[string]func(*plans.Architecture, topology) error{
	"plain":          plain,
	"residual":       residual,
	"unet":           unet,
	"vnet":           vnet,
	"fcn32s":         fcn,
	"fcn16s":         fcn,
	"fcn8s":          fcn,
	"deconvnet":      deconvnet,
	"attention_unet": attention(2),
	"unet_ct_dsv":    attention(0),
}

func plain(a *plans.Architecture, _ topology) error {
	a.Activation = plans.Activation{Kind: plans.LeakyReLU, Slope: 0.01}
	return nil
}

func residual(a *plans.Architecture, t topology) error {
	a.Convolutions = repeatLast(residualBlocks, a.Stages())
	a.DecoderConvolutions = slices.Repeat([]int{1}, a.Stages()-1)
	return plain(a, t)
}

// unet is padded, so that the output is as large as the patch.
func unet(a *plans.Architecture, _ topology) error {
	a.Options = map[string]any{"padding": "same"}
	return nil
}

// vnet has 5-kernels, which make it an order of magnitude heavier at equal width: half the planned
// features, 16 at the finest stage as published. Stage s has min(s+1, 3) convolutions.
func vnet(a *plans.Architecture, _ topology) error {
	a.Activation = plans.Activation{Kind: plans.PReLU}
	a.Kernels = mapRows(a.Kernels, func(k int) int {
		if k == 3 {
			return 5
		}
		return k
	})
	for s := range a.Features {
		a.Features[s] = max(1, a.Features[s]/2)
		a.Convolutions[s] = min(s+1, 3)
	}
	for j := range a.DecoderConvolutions {
		a.DecoderConvolutions[j] = a.Convolutions[a.Stages()-2-j]
	}
	return nil
}

// fcn reads all stages but the last as the classifier's, each followed by the pooling of the next; the
// last stage is the head, with the width and kernel of fc6.
func fcn(a *plans.Architecture, _ topology) error {
	if err := head(a); err != nil {
		return err
	}
	a.DecoderConvolutions = nil
	return nil
}

// deconvnet has the head's kernel span the bottom grid, so that the bottleneck is one cell as
// published. That ties the network to its patch.
func deconvnet(a *plans.Architecture, t topology) error {
	if err := head(a); err != nil {
		return err
	}
	bottom := make([]int, len(t.patch))
	for i, n := range t.patch {
		bottom[i] = n / t.divisor[i]
	}
	a.Kernels = slices.Clone(a.Kernels)
	a.Kernels[a.Stages()-1] = bottom
	a.Options = map[string]any{"head": "cell"}
	return nil
}

// head gives the last stage the width min(8 f, 512) for the features f of the stage above.
func head(a *plans.Architecture) error {
	last := a.Stages() - 1
	if last < 1 {
		return fmt.Errorf("images this small cannot be pooled even once; choose another network")
	}
	a.Features[last] = min(8*a.Features[last-1], headFeatures)
	return nil
}

// attention gives each skip that many gates; two together are the published network, none is its
// plain counterpart.
func attention(gates int) func(*plans.Architecture, topology) error {
	return func(a *plans.Architecture, _ topology) error {
		a.Options = map[string]any{"gates": gates, "gating_block": false}
		return nil
	}
}

func mapRows(rows [][]int, f func(int) int) [][]int {
	all := make([][]int, len(rows))
	for i, row := range rows {
		for _, v := range row {
			all[i] = append(all[i], f(v))
		}
	}
	return all
}
