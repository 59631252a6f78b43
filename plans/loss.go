package plans

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gopkg.in/yaml.v3"
)

// Loss is what a training minimises. The zero value is nnU-Net's loss, DiceCE.
type Loss struct {
	// Name is one of the names below, or "" for DiceCE.
	Name string
	// Alpha and Beta weight false positives and false negatives of the Tversky losses; Gamma is the exponent
	// of the focal losses.
	Alpha, Beta, Gamma float64
	// K is how many percent of the voxels count, those of the largest cross-entropy.
	K float64
	// W0 and Sigma are the height and the width of the border weights, in the unit of the spacing; Balance
	// weights foreground and background against each other.
	W0, Sigma float64
	Balance   bool
	// ClassWeights holds a weight per label from the background on, or nothing.
	ClassWeights []float64
	// Start, Step and End say how the part of the boundary loss grows from epoch to epoch.
	Start, Step, End float64
}

// The names of the losses.
const (
	DiceCE          = "dice_ce"
	WeightedCE      = "weighted_ce"
	VNetDice        = "vnet_dice"
	GeneralisedDice = "generalised_dice"
	IoU             = "iou"
	Tversky         = "tversky"
	FocalTversky    = "focal_tversky"
	Focal           = "focal"
	TopK            = "topk"
	Boundary        = "boundary"
)

// lossParameters lists, for every loss, the numbers it has. The usual values are those of the papers (see
// docs/losses.md).
var lossParameters = map[string][]parameter{
	DiceCE:          {},
	WeightedCE:      {{"w0", 10, 0, 1e6}, {"sigma", 5, 1e-3, 1e6}},
	VNetDice:        {},
	GeneralisedDice: {},
	IoU:             {},
	Tversky:         {{"alpha", 0.3, 0, 1e6}, {"beta", 0.7, 0, 1e6}},
	FocalTversky:    {{"alpha", 0.3, 0, 1e6}, {"beta", 0.7, 0, 1e6}, {"gamma", 4.0 / 3, 1e-3, 1e3}},
	Focal:           {{"gamma", 2, 0, 1e3}},
	TopK:            {{"k", 10, 1e-6, 100}},
	Boundary:        {{"start", 0.01, 0, 1}, {"step", 0.01, 0, 1}, {"end", 1, 0, 1}},
}

// Losses lists the names of the losses.
func Losses() []string { return slices.Sorted(maps.Keys(lossParameters)) }

// DefaultLoss returns a loss with its usual parameters.
func DefaultLoss(name string) (Loss, error) {
	l := Loss{Name: name, Balance: name == WeightedCE}
	err := usual(lossParameters, name, l.number)
	return l, err
}

// IsDefault reports whether the loss is nnU-Net's.
func (l *Loss) IsDefault() bool { return l.Name == "" || l.Name == DiceCE }

// number returns the place of a parameter.
func (l *Loss) number(key string) *float64 {
	return map[string]*float64{"alpha": &l.Alpha, "beta": &l.Beta, "gamma": &l.Gamma, "k": &l.K, "w0": &l.W0, "sigma": &l.Sigma,
		"start": &l.Start, "step": &l.Step, "end": &l.End}[key]
}

// hasWeights reports whether a loss can weight classes.
func hasWeights(name string) bool { return name == WeightedCE || name == Focal }

// loss reads a name, or a mapping with a name and parameters; those that are absent have their usual
// values.
func (d *decoder) loss(n *yaml.Node, path string) Loss {
	var l Loss
	d.choice(n, path, lossParameters, func(name string) (fields []field, err error) {
		if l, err = DefaultLoss(name); err != nil {
			return nil, err
		}
		fields = d.numbers(lossParameters[name], l.number)
		if hasWeights(name) {
			fields = append(fields, field{"class_weights", intoList(d, &l.ClassWeights, d.number)})
		}
		if name == WeightedCE {
			fields = append(fields, field{"balance", into(&l.Balance, d.truth)})
		}
		return fields, nil
	})
	return l
}

// loss checks the parameters.
func (v *validator) loss(path string, l *Loss) {
	if !v.choice(path, l.Name, lossParameters, l.number) {
		return
	}
	if (l.Name == Tversky || l.Name == FocalTversky) && l.Alpha+l.Beta == 0 {
		v.fail(join(path, "alpha"), "and beta are both 0; then no error costs anything")
	}
	if l.End < l.Start {
		v.fail(join(path, "end"), "is %v, below start, %v", l.End, l.Start)
	}
	sum := 0.0
	for i, w := range l.ClassWeights {
		if sum += w; !(w >= 0) || math.IsInf(w, 0) {
			v.fail(fmt.Sprintf("%s[%d]", join(path, "class_weights"), i), "is %v; want a number of at least 0", w)
		}
	}
	if l.ClassWeights != nil && !(sum > 0) {
		v.fail(join(path, "class_weights"), "holds nothing above 0")
	}
}

// tree writes the name and the parameters that the loss has.
func (l *Loss) tree() *yaml.Node {
	m := choiceNode(l.Name, lossParameters, l.number)
	if l.Name == WeightedCE {
		m.set("balance", truthNode(l.Balance))
	}
	if l.ClassWeights != nil {
		m.set("class_weights", listNode(l.ClassWeights, numberNode))
	}
	return &m.node
}
