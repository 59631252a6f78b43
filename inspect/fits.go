package inspect

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/weights"
)

// Fits says which weight is missing or of another shape for an input of a shape, batch and channels included.
// Nothing is computed, so that a file of weights can be refused where it comes in.
func (n *Network) Fits(shape engine.Shape) error {
	m, err := n.build(network.Evaluation, shape)
	if err != nil {
		return err
	}
	for _, p := range m.Parameters {
		if _, err := n.weight(p); err != nil {
			return err
		}
	}
	return nil
}

// weight finds the values of a parameter.
func (n *Network) weight(p block.Parameter) (weights.Tensor, error) {
	t, ok := weights.Find(n.Weights, p.Name)
	if !ok {
		return t, fmt.Errorf("the weights lack %s: they are of another network", p.Name)
	}
	if want := p.Node.Shape(); !want.Equal(t.Shape) {
		return t, fmt.Errorf("weights %s have shape %v, the network wants %v", t.Name, t.Shape, []int(want))
	}
	return t, nil
}
