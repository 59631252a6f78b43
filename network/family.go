package network

import (
	"fmt"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/network/attention"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/network/deconvnet"
	"github.com/autoseg/autoseg/network/fcn"
	"github.com/autoseg/autoseg/network/plain"
	"github.com/autoseg/autoseg/network/residual"
	"github.com/autoseg/autoseg/network/unet"
	"github.com/autoseg/autoseg/network/vnet"
	"github.com/autoseg/autoseg/plans"
)

// family is what this package knows about a kind of network.
type family struct {
	// build adds the network to a graph and returns its logits, finest first.
	build func(*block.Builder, plans.Architecture, engine.Node, int) []engine.Node
	// check says why the network cannot take an input of an extent.
	check func(plans.Architecture, []int) error
	// start says how parameters begin.
	start start
}

// families maps the name on the command line to what there is to know.
var families = map[string]family{
	"plain":          {plain.Build, block.Divisible, nnunetStart},
	"residual":       {residual.Build, block.Divisible, nnunetStart},
	"unet":           {unet.Build, unet.Check, heStart},
	"vnet":           {vnet.Build, block.Divisible, heStart},
	"fcn32s":         {fcn.Build(0), anyExtent, fcnStart},
	"fcn16s":         {fcn.Build(1), anyExtent, fcnStart},
	"fcn8s":          {fcn.Build(2), anyExtent, fcnStart},
	"deconvnet":      {deconvnet.Build, deconvnet.Check, deconvnetStart},
	"unet_ct_dsv":    {attention.Build(0), block.Divisible, attentionStart},
	"attention_unet": {attention.Build(2), block.Divisible, attentionStart},
}

// Families lists the names of all network families.
func Families() []string {
	var r []string
	for name := range families {
		r = append(r, name)
	}
	slices.Sort(r)
	return r
}

func knownFamilies() string { return strings.Join(Families(), ", ") }

// checkInput says why the network cannot take an input of a shape.
func (f family) checkInput(arch plans.Architecture, shape engine.Shape) error {
	if len(shape) != arch.Dimensions+2 {
		return fmt.Errorf("it has %d dimensions, its input has shape %v", arch.Dimensions, shape)
	}
	return f.check(arch, shape[2:])
}

// anyExtent is the rule of networks that pool in ceil mode and crop.
func anyExtent(arch plans.Architecture, extent []int) error {
	if arch.Stages() < 2 {
		return fmt.Errorf("an FCN needs a stage to pool and a head, so two stages at least")
	}
	for i, n := range extent {
		if n < 1 {
			return fmt.Errorf("the input's extent is %d along axis %d", n, i)
		}
	}
	return nil
}
