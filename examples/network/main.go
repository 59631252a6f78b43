// Network shows what adding a network takes: a function that lays bricks. It builds a small one, looks at
// its parameters, lets the engine differentiate it, and trains it for a few steps on a toy image.
//
// To make it known to every verb, put such a function into network/NAME, give it a line in the map of
// network/family.go, and a golden test; CONTRIBUTING.md has the checklist.
//
//	go run ./examples/network
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/loss"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/network/block"
	"github.com/autoseg/autoseg/plans"
)

func main() {
	if err := train(context.Background(), os.Stdout, 20); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// hourglass is the network: one step down, a residual block, one step up, the two joined.
func hourglass(b *block.Builder, image engine.Node, classes int) engine.Node {
	kernel, stride := []int{3, 3}, []int{2, 2}
	fine := b.ConvNormAct("entry", image, block.Shape{Out: 8, Kernel: kernel})
	coarse := b.ConvNormAct("down", fine, block.Shape{Out: 16, Kernel: kernel, Stride: stride})
	coarse = b.Residual("middle", coarse, 16, kernel, block.Ones(2))
	back := b.Up("up", coarse, 8, stride)
	return b.Head("head", b.ActivateSum("join", back, fine), classes)
}

// size is the edge of the toy image, a bright disc on a dark ground.
const size = 16

func train(ctx context.Context, out io.Writer, steps int) error {
	arch := plans.Architecture{
		Family: "plain", Dimensions: 2, Bias: true, // the family chooses the first values: He's, as nnU-Net does
		Norm:       plans.Norm{Kind: "instance", Epsilon: 1e-5, Affine: true},
		Activation: plans.Activation{Kind: "leaky_relu", Slope: 0.01},
	}
	g := engine.NewGraph(engine.Float32)
	image := g.Input("image", engine.Shape{1, 1, size, size})
	labels := g.Input("labels", engine.Shape{1, 1, size, size})
	var m network.Model
	var t engine.Target
	err := engine.Build(func() error {
		b := block.NewBuilder(g, arch)
		logits := hourglass(b, image, 2)
		m = network.Model{Architecture: arch, Input: image, Outputs: []engine.Node{logits}, Parameters: b.Parameters}
		total := loss.ForLabels{Ignore: loss.NoIgnore}.Node(logits, labels)
		t = engine.Target{
			Inputs: []engine.Node{image, labels}, Parameters: m.Nodes(), Outputs: []engine.Node{total},
			Updated: m.Nodes(), Gradients: g.Gradients(total, m.Nodes()),
			Rule: engine.Rule{Method: "sgd", Momentum: 0.9, Nesterov: true},
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d parameters in %d arrays\n", m.Count(), len(m.Parameters))
	return run(ctx, out, g, &m, t, steps)
}

// run compiles the step and repeats it.
func run(ctx context.Context, out io.Writer, g *engine.Graph, m *network.Model, t engine.Target, steps int) error {
	executor, err := cpu.New(cpu.Options{Workers: 1})
	if err != nil {
		return err
	}
	defer executor.Close()
	program, err := engine.Compile(g, t, executor)
	if err != nil {
		return err
	}
	defer program.Close()
	for name, values := range network.Initialise(m, 1234) {
		node := nodeOf(m, name)
		if err := program.Set(name, engine.Of32(node.Shape(), values)); err != nil {
			return err
		}
	}
	inputs := disc()
	result := engine.NewArray(engine.Float32, engine.Shape{})
	for step := 1; step <= steps; step++ {
		if err := program.Run(ctx, engine.Moment{Rate: 0.02, Step: step}, inputs, []engine.Array{result}); err != nil {
			return err
		}
		if step == 1 || step == steps {
			fmt.Fprintf(out, "step %d: loss %.4f\n", step, result.F32[0])
		}
	}
	return nil
}

func nodeOf(m *network.Model, name string) engine.Node {
	for _, p := range m.Parameters {
		if p.Name == name {
			return p.Node
		}
	}
	panic("no parameter " + name)
}

// disc returns the image and its labels.
func disc() []engine.Array {
	shape := engine.Shape{1, 1, size, size}
	image, labels := engine.NewArray(engine.Float32, shape), engine.NewArray(engine.Float32, shape)
	for y := range size {
		for x := range size {
			dy, dx := float64(y)-7.5, float64(x)-7.5
			if dy*dy+dx*dx < 25 {
				image.F32[y*size+x], labels.F32[y*size+x] = 1, 1
			}
		}
	}
	return []engine.Array{image, labels}
}
