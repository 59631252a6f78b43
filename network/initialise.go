package network

import (
	"math"
	"strings"

	"github.com/autoseg/autoseg/internal/random"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/plans"
)

// start says how the parameters of a family begin.
type start struct {
	// deviation is that of a weight, whose values have mean zero.
	deviation func(p Parameter, arch plans.Architecture) float64
	// scaleDeviation is that of a norm's scale around one.
	scaleDeviation float64
	// shift is the value of a norm's shift.
	shift float32
}

// nnunetStart is gain/sqrt(fan-in) with gain = sqrt(2/(1+0.01^2)) (nnunet-model.md 1.6). PyTorch takes axis
// 1 of the weight for the fan-in, which for transposed convolutions is the number of output channels; that
// is kept.
var nnunetStart = start{deviation: func(p Parameter, _ plans.Architecture) float64 {
	shape := p.Node.Shape()
	fanIn := shape.Size() / shape[0]
	return math.Sqrt(2/(1+0.01*0.01)) / math.Sqrt(float64(fanIn))
}}

// heStart is N(0, 2/N) with N = kernel voxels times input channels, as U-Net and V-Net have it
// (architectures.md chapter 8; He et al. 2015).
var heStart = start{deviation: heDeviation}

func heDeviation(p Parameter, _ plans.Architecture) float64 {
	shape := p.Node.Shape()
	fanIn := shape.Size() / shape[0]
	if p.Kind == block.ConvTWeight {
		fanIn = shape.Size() / shape[1]
	}
	return math.Sqrt(2 / float64(fanIn))
}

// fcnStart has score layers of zero, as published, also where a finer skip is added to a trained network;
// the classifier is not pre-trained here, so it starts as He et al. have it.
var fcnStart = start{deviation: func(p Parameter, arch plans.Architecture) float64 {
	if strings.HasPrefix(p.Name, "score.") || strings.HasPrefix(p.Name, "skip_scores.") {
		return 0
	}
	return heDeviation(p, arch)
}}

// deconvnetStart has deconvolutions of N(0, 0.01^2) and shifts of 0.001, as published. The norm behind
// every deconvolution makes up for the small deviation; without one they start as He et al. have it.
var deconvnetStart = start{shift: 0.001, deviation: func(p Parameter, arch plans.Architecture) float64 {
	if p.Kind == block.ConvTWeight && arch.Norm.Kind != plans.NoNorm && arch.Norm.Kind != "" {
		return 0.01
	}
	return heDeviation(p, arch)
}}

// attentionStart has scales of N(1, 0.02^2), as the release.
var attentionStart = start{deviation: heDeviation, scaleDeviation: 0.02}

// slope is where the slopes of a PReLU start (He et al. 2015, section 2.1).
const slope = 0.25

// Initialise returns first values for every parameter by name, drawn from the seed by the family's rule;
// biases begin at zero, and so does the last scale of a residual block. Every parameter has a stream of
// its own, so a value does not depend on which other parameters a network has before it.
func Initialise(m *Model, seed uint64) map[string][]float32 {
	s := families[m.Architecture.Family].start
	r := map[string][]float32{}
	for _, p := range m.Parameters {
		data := make([]float32, p.Node.Shape().Size())
		mean, deviation := s.distribution(p, m.Architecture)
		stream := random.Derive(seed, "initialise "+p.Name)
		for k := range data {
			data[k] = mean
			if deviation > 0 {
				data[k] += float32(stream.NormFloat64() * deviation)
			}
		}
		r[p.Name] = data
	}
	return r
}

// distribution returns the mean and the deviation of a parameter's first values.
func (s start) distribution(p Parameter, arch plans.Architecture) (mean float32, deviation float64) {
	switch p.Kind {
	case block.ConvWeight, block.ConvTWeight:
		return 0, s.deviation(p, arch)
	case block.NormScale:
		return 1, s.scaleDeviation
	case block.NormShift:
		return s.shift, 0
	case block.Slope:
		return slope, 0
	case block.RunningVariance:
		return 1, 0
	}
	return 0, 0
}
