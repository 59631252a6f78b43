package network

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/network/attention"
	"github.com/autoseg/autoseg/network/deconvnet"
	"github.com/autoseg/autoseg/network/fcn"
	"github.com/autoseg/autoseg/network/unet"
	"github.com/autoseg/autoseg/network/vnet"
	"github.com/autoseg/autoseg/plans"
)

// Config describes a classic network in the words of its paper, without a plan: the config object of the
// goldens' config.json. What is left out is as published.
type Config struct {
	// Network is fcn (with Skips), fcn32s, fcn16s, fcn8s, deconvnet, unet, vnet, attention_unet or
	// unet_ct_dsv.
	Network string `json:"network"`
	// Dims is 2 or 3, InChannels and Classes count the channels of input and logits.
	Dims       int `json:"dims,omitempty"`
	InChannels int `json:"in_channels,omitempty"`
	Classes    int `json:"classes,omitempty"`
	// Widths are the channels of the stages, finest first; Convs and DecConvs the convolutions of the
	// stages, finest first too.
	Widths   []int `json:"widths,omitempty"`
	Convs    []int `json:"convs,omitempty"`
	DecConvs []int `json:"dec_convs,omitempty"`
	// Strides has one entry per pooling, Kernels one per stage; Kernel is that of all stages.
	Strides []PerAxis `json:"strides,omitempty"`
	Kernels []PerAxis `json:"kernels,omitempty"`
	Kernel  PerAxis   `json:"kernel,omitempty"`
	// Head is the width of fc6 and fc7, HeadKernel the kernel of fc6. HeadForm is cell or padded
	// (deconvnet).
	Head       int     `json:"head,omitempty"`
	HeadKernel PerAxis `json:"head_kernel,omitempty"`
	HeadForm   string  `json:"head_form,omitempty"`
	// Skips is 0, 1 or 2 for FCN-32s, 16s and 8s; SkipScale is 0.01 for training at once.
	Skips     *int     `json:"skips,omitempty"`
	SkipScale *float64 `json:"skip_scale,omitempty"`
	// Padding is same, original (fcn) or valid (unet).
	Padding string `json:"padding,omitempty"`
	// NormKind is none, batch or instance.
	NormKind string `json:"norm_kind,omitempty"`
	// Activation is a word of plans.Activation, Slope and Pieces its numbers.
	Activation string  `json:"activation,omitempty"`
	Slope      float64 `json:"slope,omitempty"`
	Pieces     int     `json:"pieces,omitempty"`
	// Dropout is the probability in training: 0.5 in fcn and unet as published, 0 elsewhere.
	Dropout *float64 `json:"dropout,omitempty"`
	// DeepSupervision asks for the logits of every resolution (unet, vnet).
	DeepSupervision bool `json:"deep_supervision,omitempty"`
	// UpAct puts a ReLU behind every transposed convolution (unet).
	UpAct bool `json:"up_act,omitempty"`
	// Output is paper or release (vnet).
	Output string `json:"output,omitempty"`
	// Gates and GatingBlock belong to attention_unet.
	Gates       *int `json:"gates,omitempty"`
	GatingBlock bool `json:"gating_block,omitempty"`
}

// PerAxis is a number for every spatial axis, or one for all of them.
type PerAxis []int

// UnmarshalJSON reads a number or a list of numbers.
func (p *PerAxis) UnmarshalJSON(text []byte) error {
	var one int
	if err := json.Unmarshal(text, &one); err == nil {
		*p = PerAxis{one}
		return nil
	}
	return json.Unmarshal(text, (*[]int)(p))
}

// all returns a number per axis.
func (p PerAxis) all(dims int) []int {
	if len(p) == 1 {
		return slices.Repeat(p, dims)
	}
	return slices.Clone(p)
}

// ReadConfig reads a config object, or a file that has one under the key config, as the goldens do. A word
// that it does not know is an error.
func ReadConfig(text []byte) (*Config, error) {
	var whole struct{ Config json.RawMessage }
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, fmt.Errorf("network config: %w", err)
	}
	if whole.Config != nil {
		text = whole.Config
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	c := &Config{}
	if err := d.Decode(c); err != nil {
		return nil, fmt.Errorf("network config: %w", err)
	}
	return c, nil
}

// Architecture returns the network that the config describes, and fills in what the config leaves out.
func (c *Config) Architecture() (plans.Architecture, error) {
	if err := c.complete(); err != nil {
		return plans.Architecture{}, fmt.Errorf("network config: %w", err)
	}
	a := plans.Architecture{
		Family: c.Network, Dimensions: c.Dims, Bias: true,
		Features:     slices.Clone(c.Widths),
		Strides:      [][]int{slices.Repeat([]int{1}, c.Dims)},
		Convolutions: slices.Clone(c.Convs),
		Norm:         plans.Norm{Kind: c.NormKind, Epsilon: 1e-5, Affine: true},
		Activation:   plans.Activation{Kind: c.Activation, Slope: c.Slope, Pieces: c.Pieces},
		Dropout:      *c.Dropout,
		Options:      c.options(),
	}
	for _, s := range c.Strides {
		a.Strides = append(a.Strides, s.all(c.Dims))
	}
	for _, k := range c.Kernels {
		a.Kernels = append(a.Kernels, k.all(c.Dims))
	}
	if c.hasHead() {
		a.Features, a.Kernels = append(a.Features, c.Head), append(a.Kernels, c.HeadKernel.all(c.Dims))
		a.Convolutions = append(a.Convolutions, 1)
	}
	for _, n := range slices.Backward(c.DecConvs) {
		a.DecoderConvolutions = append(a.DecoderConvolutions, n)
	}
	return a, c.check(a)
}

// hasHead reports whether the network ends in a classifier's head, which is the last stage of its
// architecture.
func (c *Config) hasHead() bool { return c.isFCN() || c.Network == "deconvnet" }

func (c *Config) isFCN() bool {
	return c.Network == "fcn32s" || c.Network == "fcn16s" || c.Network == "fcn8s"
}

func (c *Config) options() map[string]any {
	o := map[string]any{}
	if c.DeepSupervision {
		o[plans.DeepSupervisionOption] = true
	}
	switch {
	case c.isFCN():
		o[fcn.Padding] = c.Padding
		if c.SkipScale != nil {
			o[fcn.SkipScale] = *c.SkipScale
		}
	case c.Network == "deconvnet":
		o[deconvnet.Head] = c.HeadForm
	case c.Network == "unet":
		o[unet.Padding], o[unet.UpActivation] = c.Padding, c.UpAct
	case c.Network == "vnet":
		o[vnet.Output] = c.Output
	default:
		o[attention.Gates], o[attention.GatingBlock] = *c.Gates, c.GatingBlock
	}
	return o
}

// check says which list has the wrong length.
func (c *Config) check(a plans.Architecture) error {
	stages := len(c.Widths)
	decoder := stages - 1
	poolings := stages - 1
	switch {
	case c.isFCN():
		decoder, poolings = 0, stages
	case c.Network == "deconvnet":
		decoder, poolings = stages, stages
	}
	for _, l := range []struct {
		name      string
		got, want int
	}{{"strides", len(c.Strides), poolings}, {"kernels", len(c.Kernels), stages}, {"convs", len(c.Convs), stages}, {"dec_convs", len(c.DecConvs), decoder}} {
		if l.got != l.want {
			return fmt.Errorf("network config: %s has %d entries, want %d for %d widths", l.name, l.got, l.want, stages)
		}
	}
	for _, row := range append(slices.Clone(a.Strides), a.Kernels...) {
		if len(row) != c.Dims || slices.Min(row) < 1 {
			return fmt.Errorf("network config: %v is no stride or kernel for %d axes", row, c.Dims)
		}
	}
	if !slices.Contains(plans.Activations, c.Activation) {
		return fmt.Errorf("network config: activation %q is not known; known are %s", c.Activation, strings.Join(plans.Activations, ", "))
	}
	if !(*c.Dropout >= 0 && *c.Dropout < 1) {
		return fmt.Errorf("network config: dropout is %v, want a probability from 0 to below 1", *c.Dropout)
	}
	if slices.Min(append(append(slices.Clone(a.Features), a.Convolutions...), a.DecoderConvolutions...)) < 1 {
		return fmt.Errorf("network config: widths, head, convs and dec_convs must be at least 1")
	}
	return nil
}
