package plans

import (
	"maps"
	"slices"

	"gopkg.in/yaml.v3"
)

// Optimiser is how training changes the parameters. The zero value is nnU-Net's, SGD.
type Optimiser struct {
	// Name is one of the names below, or "" for SGD.
	Name string
	// Rate is the learning rate at the start.
	Rate float64
	// Momentum and Nesterov belong to sgd.
	Momentum float64
	Nesterov bool
	// Beta1, Beta2 and Epsilon belong to adam and adamw.
	Beta1, Beta2, Epsilon float64
	// WeightDecay is added to the gradient (sgd, adam) or taken off the parameter (adamw), each times the
	// parameter. ClipNorm is the norm that gradients are scaled down to; 0 leaves them alone.
	WeightDecay, ClipNorm float64
}

// The names of the optimisers.
const (
	SGD   = "sgd"
	Adam  = "adam"
	AdamW = "adamw"
)

// optimiserParameters lists, for every optimiser, the numbers it has. The usual values are nnU-Net's: of
// nnUNetTrainer for sgd, of its 2018 entry for the rate of adam (3e-4), of Kingma and Ba (2015) for the betas.
var optimiserParameters = map[string][]parameter{
	SGD:   {{"rate", 1e-2, 1e-12, 1e3}, {"momentum", 0.99, 0, 0.99999}, {"weight_decay", 3e-5, 0, 1}, {"clip_norm", 12, 0, 1e9}},
	Adam:  adamParameters,
	AdamW: adamParameters,
}

var adamParameters = []parameter{
	{"rate", 3e-4, 1e-12, 1e3}, {"beta1", 0.9, 0, 0.99999}, {"beta2", 0.999, 0, 0.9999999}, {"epsilon", 1e-8, 1e-20, 1},
	{"weight_decay", 3e-5, 0, 1}, {"clip_norm", 12, 0, 1e9},
}

// Optimisers lists the names of the optimisers.
func Optimisers() []string { return slices.Sorted(maps.Keys(optimiserParameters)) }

// DefaultOptimiser returns an optimiser with its usual parameters.
func DefaultOptimiser(name string) (Optimiser, error) {
	o := Optimiser{Name: name, Nesterov: name == SGD}
	err := usual(optimiserParameters, name, o.number)
	return o, err
}

// number returns the place of a parameter.
func (o *Optimiser) number(key string) *float64 {
	return map[string]*float64{"rate": &o.Rate, "momentum": &o.Momentum, "beta1": &o.Beta1, "beta2": &o.Beta2,
		"epsilon": &o.Epsilon, "weight_decay": &o.WeightDecay, "clip_norm": &o.ClipNorm}[key]
}

func (d *decoder) optimiser(n *yaml.Node, path string) Optimiser {
	var o Optimiser
	d.choice(n, path, optimiserParameters, func(name string) (fields []field, err error) {
		if o, err = DefaultOptimiser(name); err != nil {
			return nil, err
		}
		fields = d.numbers(optimiserParameters[name], o.number)
		if name == SGD {
			fields = append(fields, field{"nesterov", into(&o.Nesterov, d.truth)})
		}
		return fields, nil
	})
	return o
}

// optimiser checks the parameters.
func (v *validator) optimiser(path string, o *Optimiser) {
	if v.choice(path, o.Name, optimiserParameters, o.number) && o.Nesterov && o.Momentum == 0 {
		v.fail(join(path, "nesterov"), "is true without a momentum; set nesterov: false")
	}
}

// tree writes the name and the parameters that the optimiser has.
func (o *Optimiser) tree() *yaml.Node {
	m := choiceNode(o.Name, optimiserParameters, o.number)
	if o.Name == SGD {
		m.set("nesterov", truthNode(o.Nesterov))
	}
	return &m.node
}
