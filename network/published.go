package network

import (
	"fmt"
	"slices"

	"github.com/autoseg/autoseg/network/unet"
	"github.com/autoseg/autoseg/plans"
)

// half is the dropout of FCN and U-Net.
var half = 0.5

// published are the networks as their papers have them; what a config leaves out comes from here.
var published = map[string]Config{
	"fcn": {Dims: 2, InChannels: 3, Classes: 21, Widths: []int{64, 128, 256, 512, 512}, Convs: []int{2, 2, 3, 3, 3},
		Head: 4096, HeadKernel: PerAxis{7}, Kernel: PerAxis{3}, Padding: "same", NormKind: plans.NoNorm, Dropout: &half},
	"deconvnet": {Dims: 2, InChannels: 3, Classes: 21, Widths: []int{64, 128, 256, 512, 512}, Convs: []int{2, 2, 3, 3, 3},
		Head: 4096, HeadKernel: PerAxis{7}, HeadForm: "cell", Kernel: PerAxis{3}, NormKind: plans.BatchNorm},
	"unet": {Dims: 2, InChannels: 1, Classes: 2, Widths: []int{64, 128, 256, 512, 1024}, Kernel: PerAxis{3},
		Padding: "valid", NormKind: plans.NoNorm, Dropout: &half},
	"vnet": {Dims: 3, InChannels: 1, Classes: 2, Widths: []int{16, 32, 64, 128, 256}, Kernel: PerAxis{5},
		Output: "paper", NormKind: plans.NoNorm, Activation: plans.PReLU},
	"attention_unet": {Dims: 3, InChannels: 1, Classes: 4, Widths: []int{16, 32, 64, 128, 256}, Kernel: PerAxis{3},
		NormKind: plans.BatchNorm},
}

// Published returns the config of a network at its published widths. Names are those of Families, without
// plain and residual, which are made from a plan.
func Published(name string) (*Config, error) {
	c := &Config{Network: name}
	_, err := c.Architecture()
	return c, err
}

// PublishedExtent returns an input extent that the paper of a network uses, per axis (V-Net 128 x 128 x 64,
// U-Net 572 x 572, attention gates 160 x 160 x 96, the classifiers 224 x 224), or one near it that the
// architecture takes.
func PublishedExtent(arch plans.Architecture) []int {
	extent := slices.Repeat([]int{224}, arch.Dimensions)
	switch arch.Family {
	case "unet":
		return unet.Fit(arch, slices.Repeat([]int{572}, arch.Dimensions))
	case "vnet":
		extent = []int{64, 128, 128}[3-arch.Dimensions:]
	case "attention_unet", "unet_ct_dsv":
		extent = []int{96, 160, 160}[3-arch.Dimensions:]
	case "deconvnet":
		kernel := arch.Kernels[arch.Stages()-1]
		for i, d := range arch.Divisor() {
			extent[i] = kernel[i] * d
		}
		return extent
	}
	for i, d := range arch.Divisor() {
		extent[i] = max(d, extent[i]/d*d)
	}
	return extent
}

// fcnSkips are the variants of FCN by the number of finer grids they use.
var fcnSkips = []string{"fcn32s", "fcn16s", "fcn8s"}

// complete fills in what is left out and turns the name into that of a family.
func (c *Config) complete() error {
	kind := c.Network
	switch {
	case kind == "unet_ct_dsv" || kind == "attention_unet":
		kind = "attention_unet"
		if c.Gates == nil {
			c.Gates = new(int)
			if c.Network == kind {
				*c.Gates = 2
			}
		}
		if c.Network = kind; *c.Gates == 0 {
			c.Network = "unet_ct_dsv"
		}
	case slices.Contains(fcnSkips, kind):
		kind = "fcn"
	case kind == "fcn":
		skips := 2
		if c.Skips != nil {
			skips = *c.Skips
		}
		if skips < 0 || skips >= len(fcnSkips) {
			return fmt.Errorf("skips is %d, want 0, 1 or 2", skips)
		}
		c.Network = fcnSkips[skips]
	}
	p, ok := published[kind]
	if !ok {
		return fmt.Errorf("network %q is not known; known are fcn, %s without plain and residual", c.Network, knownFamilies())
	}
	c.fill(p)
	return c.layers(p)
}

// fill takes over the numbers and words that are left out.
func (c *Config) fill(p Config) {
	for _, n := range []struct {
		have    *int
		instead int
	}{{&c.Dims, p.Dims}, {&c.InChannels, p.InChannels}, {&c.Classes, p.Classes}, {&c.Head, p.Head}} {
		if *n.have == 0 {
			*n.have = n.instead
		}
	}
	for _, w := range []struct {
		have    *string
		instead string
	}{{&c.Padding, p.Padding}, {&c.NormKind, p.NormKind}, {&c.Output, p.Output}, {&c.HeadForm, p.HeadForm},
		{&c.Activation, p.Activation}, {&c.Activation, plans.ReLU}} {
		if *w.have == "" {
			*w.have = w.instead
		}
	}
	if c.Dropout == nil {
		c.Dropout = new(float64)
		if p.Dropout != nil {
			*c.Dropout = *p.Dropout
		}
	}
	if c.Widths == nil {
		c.Widths = p.Widths
	}
	if c.HeadKernel == nil {
		c.HeadKernel = p.HeadKernel
	}
	if c.Kernel == nil {
		c.Kernel = p.Kernel
	}
}

// layers fills in the lists whose length depends on the number of stages.
func (c *Config) layers(p Config) error {
	stages := len(c.Widths)
	if stages == 0 || c.Dims < 2 || c.Dims > 3 {
		return fmt.Errorf("%d widths in %d dimensions, want at least one in 2 or 3", stages, c.Dims)
	}
	if c.Convs == nil {
		c.Convs = slices.Repeat([]int{2}, stages)
		for s := range c.Convs {
			switch {
			case c.Network == "vnet":
				c.Convs[s] = min(s+1, 3)
			case s < len(p.Convs):
				c.Convs[s] = p.Convs[s]
			}
		}
	}
	poolings, decoder := stages-1, stages-1
	if c.hasHead() {
		poolings, decoder = stages, stages
	}
	if c.DecConvs == nil && !c.isFCN() {
		c.DecConvs = c.Convs[:min(decoder, len(c.Convs))]
	}
	if c.Strides == nil {
		c.Strides = slices.Repeat([]PerAxis{{2}}, poolings)
	}
	if c.Kernels == nil {
		c.Kernels = slices.Repeat([]PerAxis{c.Kernel}, stages)
	}
	return nil
}
