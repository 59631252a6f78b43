package plans

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/internal/nearest"
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

// lossParameter is a number that a loss has: its key, its usual value and the range it lies in.
type lossParameter struct {
	key              string
	usual, low, high float64
}

// lossParameters lists, for every loss, the numbers it has. The usual values are those of the papers (see
// docs/losses.md).
var lossParameters = map[string][]lossParameter{
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
func Losses() []string {
	var names []string
	for name := range lossParameters {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// DefaultLoss returns a loss with its usual parameters.
func DefaultLoss(name string) (Loss, error) {
	l := Loss{Name: name}
	parameters, known := lossParameters[name]
	if !known {
		hint := ""
		if word := nearest.Word(name, Losses()); word != "" {
			hint = "; did you mean " + word + "?"
		}
		return l, fmt.Errorf("is %q; want one of %s%s", name, strings.Join(Losses(), ", "), hint)
	}
	for _, p := range parameters {
		*l.number(p.key) = p.usual
	}
	l.Balance = name == WeightedCE
	return l, nil
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
	if n.Kind == yaml.ScalarNode {
		return d.namedLoss(n, path)
	}
	var l Loss
	for key, value := range d.pairs(n, path) {
		if key.Value == "name" {
			l = d.namedLoss(value, join(path, "name"))
		}
	}
	fields := []field{{"name", func(*yaml.Node, string) {}}}
	for _, p := range lossParameters[l.Name] {
		fields = append(fields, field{p.key, into(l.number(p.key), d.number)})
	}
	if hasWeights(l.Name) {
		fields = append(fields, field{"class_weights", intoList(d, &l.ClassWeights, d.number)})
	}
	if l.Name == WeightedCE {
		fields = append(fields, field{"balance", into(&l.Balance, d.truth)})
	}
	if l.Name != "" {
		d.object(n, path, fields)
	} else if n.Kind == yaml.MappingNode && len(d.findings) == 0 {
		d.fail(n, path, "has no name; want one of %s", strings.Join(Losses(), ", "))
	}
	return l
}

func (d *decoder) namedLoss(n *yaml.Node, path string) Loss {
	name, ok := d.text(n, path)
	if !ok {
		return Loss{}
	}
	l, err := DefaultLoss(name)
	if err != nil {
		d.fail(n, path, "%v", err)
		return Loss{}
	}
	return l
}

// loss checks the parameters.
func (v *validator) loss(path string, l *Loss) {
	parameters, known := lossParameters[l.Name]
	if !known {
		if l.Name != "" {
			v.fail(join(path, "name"), "is %q; want one of %s", l.Name, strings.Join(Losses(), ", "))
		}
		return
	}
	for _, p := range parameters {
		if x := *l.number(p.key); !(x >= p.low && x <= p.high) {
			v.fail(join(path, p.key), "is %v; want a number from %g to %g", x, p.low, p.high)
		}
	}
	if len(parameters) > 0 && parameters[0].key == "alpha" && l.Alpha+l.Beta == 0 {
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
	m := newMapping(yaml.FlowStyle).set("name", textNode(l.Name))
	for _, p := range lossParameters[l.Name] {
		m.set(p.key, numberNode(*l.number(p.key)))
	}
	if l.Name == WeightedCE {
		m.set("balance", truthNode(l.Balance))
	}
	if l.ClassWeights != nil {
		m.set("class_weights", listNode(l.ClassWeights, numberNode))
	}
	return &m.node
}
