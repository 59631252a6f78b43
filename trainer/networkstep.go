package trainer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/loss"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
)

// problem is what a step program is made for.
type problem struct {
	architecture    plans.Architecture
	patch           []int
	batch, channels int
	// classes is the number of logits, targets that of the channels of a target.
	classes, targets int
	loss             loss.Loss
	rule             engine.Rule
	executor         engine.Executor
}

// networkStep is a Stepper on an engine: one program that updates, and one that only looks. Each has
// its own graph, because a graph can be differentiated once and the second needs no gradients.
type networkStep struct {
	training, validation *engine.Program
	parameters           []network.Parameter
	// changed says that training's parameters are newer than validation's.
	changed bool
	shape   engine.Shape
	targets []engine.Shape
	inputs  []engine.Array
	scalar  []float32
	// statistics are the batch norms of training, moments what they measured in the last step.
	statistics []network.Statistic
	moments    [][]float32
	// scratch carries one parameter from training to validation.
	scratch []float32
}

// newNetworkStep compiles both programs. The function it returns draws first values for the parameters.
func newNetworkStep(p problem) (*networkStep, func(seed uint64) map[string][]float32, error) {
	s := &networkStep{scalar: make([]float32, 1), changed: true}
	model, target, err := p.graph(s, true)
	if err != nil {
		return nil, nil, err
	}
	if s.training, err = engine.Compile(model.Input.Graph(), target, p.executor); err != nil {
		return nil, nil, fmt.Errorf("compile the training step: %w", err)
	}
	s.parameters, s.statistics = model.Parameters, model.Statistics
	for _, statistic := range s.statistics {
		s.moments = append(s.moments, make([]float32, statistic.Moments.Shape().Size()))
	}
	look, target, err := p.graph(s, false)
	if err == nil {
		s.validation, err = engine.Compile(look.Input.Graph(), target, p.executor)
	}
	if err != nil {
		s.Close()
		return nil, nil, fmt.Errorf("compile the validation step: %w", err)
	}
	s.inputs = make([]engine.Array, 1+len(s.targets))
	return s, func(seed uint64) map[string][]float32 { return network.Initialise(model, seed) }, nil
}

// graph builds the network with its loss. Levels of weight zero get no target at all, so the coarsest
// head is reached by no gradient and never updated, not even by weight decay (nnunet-model.md 3.4).
func (p problem) graph(s *networkStep, training bool) (*network.Model, engine.Target, error) {
	g := engine.NewGraph(engine.Float32)
	s.shape = append(engine.Shape{p.batch, p.channels}, p.patch...)
	mode := network.Evaluation
	if training {
		mode = network.Training
	}
	model, err := network.BuildFor(mode, g, p.architecture, g.Input("image", s.shape), p.classes)
	if err != nil {
		return nil, engine.Target{}, err
	}
	t := engine.Target{Inputs: []engine.Node{model.Input}, Parameters: model.Nodes()}
	weights := loss.SupervisionWeights(len(model.Outputs))
	s.targets = nil
	err = engine.Build(func() error {
		var targets []engine.Node
		for i, output := range model.Outputs {
			if weights[i] == 0 {
				continue
			}
			shape := output.Shape().WithSpatial(p.targets, output.Shape().Spatial())
			s.targets = append(s.targets, shape)
			targets = append(targets, g.Input(fmt.Sprintf("target %d", i), shape))
		}
		total, _ := loss.DeepSupervision(weights, p.loss, model.Outputs, targets)
		t.Inputs = append(t.Inputs, targets...)
		t.Outputs = []engine.Node{total}
		if !training {
			t.Outputs = append(t.Outputs, model.Outputs[0])
			return nil
		}
		depends := engine.Dependencies(total)
		for _, parameter := range model.Parameters {
			if parameter.Trainable() && depends(parameter.Node) {
				t.Updated = append(t.Updated, parameter.Node)
			}
		}
		for _, statistic := range model.Statistics {
			t.Outputs = append(t.Outputs, statistic.Moments)
		}
		t.Gradients, t.Rule = g.Gradients(total, t.Updated), p.rule
		return nil
	})
	return model, t, err
}

// feed returns the arrays of a batch.
func (s *networkStep) feed(b *Batch) []engine.Array {
	s.inputs[0] = engine.Of32(s.shape, b.Image)
	for i, shape := range s.targets {
		s.inputs[i+1] = engine.Of32(shape, b.Targets[i])
	}
	return s.inputs
}

// Step makes one update. The run is never broken off in the middle, whatever becomes of ctx: half an
// update could not be resumed.
func (s *networkStep) Step(ctx context.Context, moment engine.Moment, b *Batch) (float64, error) {
	s.changed = true
	out := []engine.Array{engine.Of32(engine.Shape{}, s.scalar)}
	for i, statistic := range s.statistics {
		out = append(out, engine.Of32(statistic.Moments.Shape(), s.moments[i]))
	}
	err := s.training.Run(context.WithoutCancel(ctx), moment, s.feed(b), out)
	if err == nil {
		err = s.follow()
	}
	return float64(s.scalar[0]), err
}

// follow lets the running statistics of batch norm follow the last step. They are parameters of the
// program, so that checkpoints, validation and the final weights have them.
func (s *networkStep) follow() error {
	for i, statistic := range s.statistics {
		channels := len(s.moments[i]) / 2
		mean, variance := make([]float32, channels), make([]float32, channels)
		if err := errors.Join(s.Get(statistic.Mean, mean), s.Get(statistic.Variance, variance)); err != nil {
			return err
		}
		statistic.Follow(mean, variance, s.moments[i])
		if err := errors.Join(s.Set(statistic.Mean, mean), s.Set(statistic.Variance, variance)); err != nil {
			return err
		}
	}
	return nil
}

// Evaluate runs the validation program, after it has got the newest parameters.
func (s *networkStep) Evaluate(ctx context.Context, b *Batch, logits []float32) (float64, error) {
	if s.changed {
		if err := s.share(); err != nil {
			return 0, err
		}
		s.changed = false
	}
	out := []engine.Array{engine.Of32(engine.Shape{}, s.scalar), engine.Of32(s.validation.Outputs()[1], logits)}
	err := s.validation.Run(ctx, engine.Moment{Epoch: b.Epoch}, s.feed(b), out)
	return float64(s.scalar[0]), err
}

// share copies the parameters from the training program to the validation program.
func (s *networkStep) share() error {
	for _, p := range s.parameters {
		shape := p.Node.Shape()
		if n := shape.Size(); n > len(s.scratch) {
			s.scratch = make([]float32, n)
		}
		a := engine.Of32(shape, s.scratch[:shape.Size()])
		if err := s.training.Get(p.Name, a); err != nil {
			return err
		}
		if err := s.validation.Set(p.Name, a); err != nil {
			return err
		}
	}
	return nil
}

func (s *networkStep) Residents() []engine.Resident { return s.training.Residents() }

func (s *networkStep) Get(name string, into []float32) error {
	return s.training.Get(name, engine.Of32(engine.Shape{len(into)}, into))
}

func (s *networkStep) Set(name string, value []float32) error {
	s.changed = true
	return s.training.Set(name, engine.Of32(engine.Shape{len(value)}, value))
}

func (s *networkStep) Close() error {
	if s.training != nil {
		s.training.Close()
	}
	if s.validation != nil {
		s.validation.Close()
	}
	return nil
}

// isState reports whether a resident belongs to the optimiser: state k of a parameter is NAME#k.
func isState(name string) bool { return strings.Contains(name, "#") }
