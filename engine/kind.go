package engine

// Kind names what an operator computes. The formula stands with the operator in engine/op; the
// attributes of a kind are the struct named after each constant.
type Kind string

// Operators that networks and losses are built from, and their gradients. Operand order is given
// behind each; y, dy are results and their gradients.
const (
	Conv            Kind = "conv"               // ConvAttributes: x, w [, bias]
	ConvGradInput   Kind = "conv_grad_input"    // ConvAttributes: w, dy -> dx (shape in Extent)
	ConvGradWeight  Kind = "conv_grad_weight"   // ConvAttributes: x, dy -> dw
	ConvT           Kind = "conv_t"             // ConvAttributes: x, w (in, out, k...) [, bias]
	ConvTGradInput  Kind = "conv_t_grad_input"  // ConvAttributes: w, dy -> dx
	ConvTGradWeight Kind = "conv_t_grad_weight" // ConvAttributes: x, dy -> dw
	ChannelSum      Kind = "channel_sum"        // none: dy -> (channel), sum over batch and space

	Moments        Kind = "moments"          // NormAttributes: x -> (n, channel, 2) mean and 1/sqrt(var+eps); n = 1 for batch norm
	Normalise      Kind = "normalise"        // NormAttributes: x, moments, gamma, beta
	NormGradSums   Kind = "norm_grad_sums"   // NormAttributes: x, moments, dy -> (n, channel, 2) sum dy, sum dy*xhat
	NormGradInput  Kind = "norm_grad_input"  // NormAttributes: x, moments, gamma, dy, sums -> dx
	NormGradAffine Kind = "norm_grad_affine" // AffineAttributes: sums -> dgamma or dbeta

	Activation     Kind = "activation"      // ActivationAttributes: x
	ActivationGrad Kind = "activation_grad" // ActivationAttributes: x, dy -> dx

	Concat        Kind = "concat"         // none: a, b, ... along the channels
	SliceChannels Kind = "slice_channels" // SliceAttributes: x -> channels [From, To)
	PlaceChannels Kind = "place_channels" // SliceAttributes and Channels: dy -> zeros with dy at [From, To)
	Add           Kind = "add"            // none: a, b

	WeightedSum Kind = "weighted_sum" // WeightsAttributes: scalars -> scalar
	Scale       Kind = "scale"        // ScaleAttributes: x -> factor*x
	Constant    Kind = "constant"     // ConstantAttributes: no operand
)

// ConvAttributes are the numbers of a convolution, always per (z, y, x); 2D has kernel, stride 1 and
// padding 0 along z.
type ConvAttributes struct {
	Kernel, Stride, Pad [3]int
	// Extent is the (z, y, x) extent of dx for the gradients with respect to the input, else zero.
	Extent [3]int
}

// NormAttributes describe instance and batch normalisation.
type NormAttributes struct {
	Epsilon float64
	// Batch makes statistics over the batch too, as batch norm does in training.
	Batch bool
}

// AffineAttributes choose the gradient that NormGradAffine returns.
type AffineAttributes struct {
	// Shift asks for dbeta, otherwise dgamma.
	Shift bool
}

// ActivationAttributes name a pointwise function.
type ActivationAttributes struct {
	// Function is relu, leaky_relu, elu, sigmoid or tanh.
	Function string
	// Slope is the factor of negative inputs of leaky_relu, and alpha of elu.
	Slope float64
}

// SliceAttributes name a range of channels.
type SliceAttributes struct {
	From, To int
	// Channels is the number of channels of the result of PlaceChannels.
	Channels int
}

// WeightsAttributes hold the factors of a weighted sum, as text so that attributes stay comparable.
type WeightsAttributes struct{ Weights string }

// ScaleAttributes hold a factor.
type ScaleAttributes struct{ Factor float64 }

// ConstantAttributes hold a number.
type ConstantAttributes struct{ Value float64 }

// Kinds that only compiler passes make: an executor that has them says so in its Capabilities.
const (
	// ConvMoments is Conv with the statistics of its result as a second output.
	ConvMoments Kind = "conv+moments" // FusedConv: x, w [, bias] -> y, moments
	// NormaliseActivation is Normalise followed by Activation.
	NormaliseActivation Kind = "normalise+activation" // FusedNorm: x, moments, gamma, beta
	// NormActGradSums and NormActGradInput are the gradients of NormaliseActivation; they recompute
	// the sign of the normalised value from x, so that it need not be kept.
	NormActGradSums  Kind = "norm_act_grad_sums"  // FusedNorm: x, moments, gamma, beta, dz -> sums
	NormActGradInput Kind = "norm_act_grad_input" // FusedNorm: x, moments, gamma, beta, dz, sums -> dx
	// Convert changes the layout of a value.
	Convert Kind = "convert" // none: x
	// SquaredNorm is the sum of the squares of all elements of all operands (float64 accumulation).
	SquaredNorm Kind = "squared_norm" // none: gradients -> scalar
	// Update changes a parameter and its state in place.
	Update Kind = "update" // UpdateAttributes: parameter, state..., gradient, squared norm
)

// FusedConv are the attributes of ConvMoments.
type FusedConv struct {
	ConvAttributes
	Norm NormAttributes
}

// FusedNorm are the attributes of NormaliseActivation and its gradients.
type FusedNorm struct {
	NormAttributes
	Activation ActivationAttributes
}
