package plans

// Architecture describes a network completely; network.Build turns it into a graph. Stage 0 is the
// finest. Kernels and strides hold one number per spatial axis.
//
// Features, kernels and counts are final: a builder uses them as they are, and whatever a family
// derives from a plan (architectures.md, chapter 10) was derived by the planner. That is, V-Net comes
// with its 5-kernels and reduced features, and the last stage of fcn and deconvnet is their head: its
// features are the width of fc6 and fc7, its kernel is fc6's. DecoderConvolutions is empty for fcn.
//
// Options of the families: plain, residual, unet and vnet have deep_supervision (bool, see
// DeepSupervisionOption); unet has padding ("same" or "valid"); attention_unet and unet_ct_dsv have
// gates (int) and gating_block (bool); deconvnet has head ("cell": unpadded, one cell at the bottom;
// "padded": odd kernel, any patch).
type Architecture struct {
	// Family is the network's name on the command line: plain, residual, unet, attention_unet, ...
	Family string
	// Dimensions is 2 or 3.
	Dimensions int
	// Features is the number of channels of each stage.
	Features []int
	// Kernels is the convolution kernel of each stage.
	Kernels [][]int
	// Strides is the stride with which each stage is entered; stage 0 has ones.
	Strides [][]int
	// Convolutions counts, per encoder stage, the convolutions (plain) or residual blocks (residual).
	Convolutions []int
	// DecoderConvolutions counts the convolutions per decoder stage, coarsest decoder stage first as
	// in nnU-Net's n_conv_per_stage_decoder.
	DecoderConvolutions []int
	// Bias says whether convolutions have a bias.
	Bias bool
	// Norm is the normalisation behind each convolution.
	Norm Norm
	// Dropout is the probability of dropping in training; 0 means none. Most families drop whole channels
	// between convolution and norm, as nnU-Net does; unet, fcn and deconvnet drop single elements where
	// their papers do (docs/networks).
	Dropout float64
	// Activation is the nonlinearity.
	Activation Activation
	// Options holds what only one family knows, by name.
	Options map[string]any
}

// Norm describes a normalisation layer.
type Norm struct {
	// Kind is instance, batch or none.
	Kind    string
	Epsilon float64
	Affine  bool
}

// Activation describes a nonlinearity.
type Activation struct {
	// Kind is leaky_relu, relu, prelu, elu, sigmoid, tanh or maxout.
	Kind string
	// Slope is the slope for negative inputs of leaky_relu, and alpha of elu, where 0 means 1.
	Slope float64
	// Pieces is the number of channels that compete for one in maxout; 0 means 2. The convolution in
	// front has that many times the features.
	Pieces int
}

// Alpha returns the slope as the function takes it.
func (a Activation) Alpha() float64 {
	if a.Kind == ELU && a.Slope == 0 {
		return 1
	}
	return a.Slope
}

// Width returns the number of channels that a layer in front of the activation has for out behind it.
func (a Activation) Width(out int) int {
	switch {
	case a.Kind != Maxout:
		return out
	case a.Pieces == 0:
		return 2 * out
	}
	return a.Pieces * out
}

// Stages returns the number of resolution stages.
func (a *Architecture) Stages() int { return len(a.Features) }

// Divisor returns, per spatial axis, the product of all strides: what a patch must be divisible by.
func (a *Architecture) Divisor() []int {
	d := make([]int, a.Dimensions)
	for i := range d {
		d[i] = 1
		for _, s := range a.Strides {
			d[i] *= s[i]
		}
	}
	return d
}
