package inspect

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/network"
)

// processBytes is what the program has resident beside a network: its code, the Go runtime, a few
// goroutines, what building and compiling the graph left behind (measured on Linux: 37 to 41 MB).
const processBytes = 39 << 20

// Memory is the resident memory of a process that runs one program, in bytes.
type Memory struct {
	// Process is what there is without any network.
	Process int64
	// Program holds parameters, optimiser states, activations and their gradients.
	Program int64
	// Host holds weights and arrays on the host's side: first values or the files' tensors, inputs,
	// targets and logits.
	Host int64
}

// MB returns the sum in MB.
func (m Memory) MB() float64 { return float64(m.Process+m.Program+m.Host) / (1 << 20) }

func newMemory(r engine.Report, host int) Memory {
	return Memory{processBytes, int64(r.Resident + r.Arena), 4 * int64(host)}
}

// TrainingMemory predicts the memory of a training step on a batch. The loss is summed over the
// resolutions as training does; its targets and the image come from the host.
func (n *Network) TrainingMemory(shape engine.Shape) (Memory, error) {
	m, err := n.build(network.Training, shape)
	if err != nil {
		return Memory{}, err
	}
	var targets []engine.Array
	for _, o := range m.Outputs {
		s := o.Shape()
		targets = append(targets, engine.Array{Shape: s.WithSpatial(1, s.Spatial())})
	}
	target, err := n.trainingTarget(m, targets)
	if err != nil {
		return Memory{}, err
	}
	r, err := engine.Measure(m.Input.Graph(), target, n.Executor)
	host := elements(m.Nodes())
	for i, input := range target.Inputs {
		if i < len(m.Outputs) || i == 0 { // the coarsest target has weight zero
			host += input.Shape().Size()
		}
	}
	return newMemory(r, host), err
}

// PredictionMemory predicts the memory of predicting an image of one patch: beside the program the
// weights, the patch and its logits, once more where it is mirrored, and the sums of overlapping windows
// in half precision with their weights.
func (n *Network) PredictionMemory(shape engine.Shape) (Memory, error) {
	m, err := n.forward(shape)
	if err != nil {
		return Memory{}, err
	}
	target := engine.Target{Inputs: []engine.Node{m.Input}, Parameters: m.Nodes(), Outputs: m.Outputs[:1]}
	r, err := engine.Measure(m.Input.Graph(), target, n.Executor)
	logits := m.Outputs[0].Shape().Size()
	voxels := logits / n.Classes
	return newMemory(r, elements(m.Nodes())+2*shape.Size()+2*logits+logits/2+2*voxels), err
}

func elements(nodes []engine.Node) int {
	sum := 0
	for _, n := range nodes {
		sum += n.Shape().Size()
	}
	return sum
}
