package plans

// Architecture describes a network completely; network.Build turns it into a graph. Stage 0 is the
// finest. Kernels and strides hold one number per spatial axis.
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
	// Dropout is the probability of dropping a channel; 0 means none.
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
	// Kind is leaky_relu, relu, prelu, elu, sigmoid or tanh.
	Kind string
	// Slope is the slope for negative inputs of leaky_relu.
	Slope float64
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
