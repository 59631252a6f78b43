package augment

import "math/rand/v2"

// Pipeline is everything that happens to a patch between the case and the network.
type Pipeline struct {
	enlarged [3]int
	size     [3]int
	channels int // of the case
	previous int // one-hot channels
	chain    Chain
	target   Target
}

// Standard returns the default training pipeline of nnU-Net v2.
func Standard(config Config) (*Pipeline, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	geometry := GeometryOf(config.PatchSize)
	flat := len(config.PatchSize) == 2
	p := newPipeline(config, three(geometry.Enlarged))
	p.chain = Chain{
		Spatial{Size: p.size, Rotate: 0.2, Scale: 0.2, Angle: geometry.Angle, Factor: Interval{0.7, 1.4}, InPlane: flat || geometry.DummyTwoD},
		Sometimes{0.1, Noise{Interval{0, 0.1}}},
		Sometimes{0.2, Blur{Sigma: Interval{0.5, 1}, PerChannel: 0.5, Flat: flat}},
		Sometimes{0.15, Brightness{Interval{0.75, 1.25}}},
		Sometimes{0.15, Contrast{Interval{0.75, 1.25}}},
		Sometimes{0.25, LowResolution{Scale: Interval{0.5, 1}, PerChannel: 0.5, Flat: flat || geometry.DummyTwoD}},
		Sometimes{0.1, Gamma{Exponent: Interval{0.7, 1.5}, Invert: true}},
		Sometimes{0.3, Gamma{Exponent: Interval{0.7, 1.5}}},
		config.mirror(),
	}
	if masked(config.Masked) {
		p.chain = append(p.chain, Mask{config.Masked})
	}
	p.chain = append(p.chain, Clean{})
	if n := len(config.Previous); n > 0 {
		p.chain = append(p.chain, OneHot{config.Previous},
			Sometimes{0.4, Morphology{First: config.Channels, Count: n, PerLabel: 0.5, Radius: Interval{1, 8}}},
			Sometimes{0.2, DropComponent{First: config.Channels, Count: n, PerLabel: 0.5, Largest: 0.15}})
	}
	return p, nil
}

// Validation returns the pipeline of the validation iterations: patches of the final size, nothing
// random.
func Validation(config Config) (*Pipeline, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	p := newPipeline(config, three(config.PatchSize))
	p.chain = Chain{Clean{}}
	if len(config.Previous) > 0 {
		p.chain = append(p.chain, OneHot{config.Previous})
	}
	return p, nil
}

func newPipeline(config Config, enlarged [3]int) *Pipeline {
	return &Pipeline{
		enlarged: enlarged,
		size:     three(config.PatchSize),
		channels: config.Channels,
		previous: len(config.Previous),
		target:   Target{Shapes: config.shapes(), Margin: config.margin(), Regions: config.Regions, Ignore: config.Ignore, Map: config.Map},
	}
}

func (c *Config) mirror() Mirror {
	var m Mirror
	shift := 3 - len(c.PatchSize)
	for axis := range c.PatchSize {
		m.Axes[axis+shift] = c.MirrorAxes == nil
	}
	for _, axis := range c.MirrorAxes {
		m.Axes[axis+shift] = true
	}
	return m
}

func masked(channels []bool) bool {
	for _, m := range channels {
		if m {
			return true
		}
	}
	return false
}

// Enlarged returns the shape that has to be cut out of a case.
func (p *Pipeline) Enlarged() [3]int { return p.enlarged }

// Size returns the shape of the finished patch.
func (p *Pipeline) Size() [3]int { return p.size }

// Channels returns the number of channels of the finished patch.
func (p *Pipeline) Channels() int { return p.channels + p.previous }

// Target returns the writer of the targets.
func (p *Pipeline) Target() *Target { return &p.target }

// NewPatch returns a patch of the enlarged shape, ready to be filled.
func (p *Pipeline) NewPatch() *Patch {
	patch := &Patch{}
	if p.previous > 0 {
		patch.Previous = []int16{}
	}
	patch.Data = make([]float32, 0, (p.channels+p.previous)*p.enlarged[0]*p.enlarged[1]*p.enlarged[2])
	p.Reset(patch)
	return patch
}

// Reset gives a used patch the enlarged shape again.
func (p *Pipeline) Reset(patch *Patch) { patch.Reset(p.enlarged, p.channels) }

// Apply runs the transforms on a filled patch.
func (p *Pipeline) Apply(patch *Patch, rng *rand.Rand) {
	if patch.Shape != p.enlarged || patch.Channels != p.channels {
		panic("augment: the patch has not the shape of the pipeline")
	}
	p.chain.Apply(patch, rng)
}
