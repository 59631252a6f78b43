package inspect

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
)

// LayerLine is one layer of a network in a summary.
type LayerLine struct {
	Name  string `json:"name"`
	Shape []int  `json:"shape"`
	// Parameters counts the trainable numbers of the layer.
	Parameters int `json:"parameters"`
}

// Summary describes a network for inputs of one shape.
type Summary struct {
	Family     string      `json:"network"`
	Input      []int       `json:"input"`
	Outputs    [][]int     `json:"outputs"`
	Parameters int         `json:"parameters"`
	Features   int64       `json:"feature_voxels"`
	Layers     []LayerLine `json:"layers"`
	// PredictMB and TrainMB are the peaks of resident memory of a process that predicts an image of one
	// patch, and of one that makes training steps on the batch. bench predict and bench step measure them.
	PredictMB float64 `json:"predict_mb"`
	TrainMB   float64 `json:"train_mb"`
}

// Summarise builds the network, without weights, and plans both programs to learn their memory.
// batch and channels belong to the input, patch is its extent per axis.
func (n *Network) Summarise(batch, channels int, patch []int) (*Summary, error) {
	shape := append(engine.Shape{batch, channels}, patch...)
	m, err := n.forward(shape)
	if err != nil {
		return nil, err
	}
	s := &Summary{Family: n.Architecture.Family, Input: shape, Parameters: m.Count(),
		Features: network.Footprint(n.Architecture, patch, channels, n.Classes).FeatureVoxels}
	for _, o := range m.Outputs {
		s.Outputs = append(s.Outputs, o.Shape())
	}
	s.Layers = layerLines(m)
	predict, err := n.PredictionMemory(append(engine.Shape{1, channels}, patch...))
	if err != nil {
		return nil, err
	}
	train, err := n.TrainingMemory(shape)
	s.PredictMB, s.TrainMB = predict.MB(), train.MB()
	return s, err
}

// layerLines lists the layers; a parameter belongs to the layer whose name it starts with.
func layerLines(m *network.Model) []LayerLine {
	counts := map[string]int{}
	for _, p := range m.Parameters {
		if !p.Trainable() {
			continue
		}
		for i := len(p.Name) - 1; i >= 0; i-- {
			if p.Name[i] == '.' {
				counts[p.Name[:i]] += p.Node.Shape().Size()
				break
			}
		}
	}
	var lines []LayerLine
	for _, l := range m.Layers {
		lines = append(lines, LayerLine{l.Name, l.Node.Shape(), counts[l.Name]})
	}
	return lines
}

// rule is nnU-Net's optimiser (nnunet-model.md 3.1).
func rule() engine.Rule {
	return engine.Rule{Method: "sgd", Momentum: 0.99, Nesterov: true, WeightDecay: 3e-5, ClipNorm: 12}
}

// trainingTarget is a training step on given targets: the loss as output, every parameter that it
// depends on updated.
func (n *Network) trainingTarget(m *network.Model, targets []engine.Array) (engine.Target, error) {
	t := engine.Target{Inputs: []engine.Node{m.Input}, Parameters: m.Nodes(), Rule: rule()}
	err := engine.Build(func() error {
		scalar, _, inputs, err := n.lossNode(m, Sample{Targets: targets})
		if err != nil {
			return err
		}
		t.Inputs = append(t.Inputs, inputs...)
		t.Outputs = []engine.Node{scalar}
		for _, p := range reached(m, scalar) {
			t.Updated = append(t.Updated, p.Node)
		}
		t.Gradients = m.Input.Graph().Gradients(scalar, t.Updated)
		return nil
	})
	return t, err
}

// New returns a network of a plan's configuration without weights, for Summarise.
func New(c *plans.Configuration, classes int, executor engine.Executor) *Network {
	return &Network{Architecture: c.Architecture, Classes: classes, Executor: executor}
}
