package enginetest

import "github.com/autoseg/autoseg/engine"

// Case is a graph to run: Build makes its inputs and returns its result, an array or a scalar.
type Case struct {
	Name  string
	Build func(b *Builder) engine.Node
	// Tolerance is the largest difference in float32, relative to the largest value; 0 means the
	// package's 2e-5.
	Tolerance float64
}

func (c Case) tolerance() float64 {
	if c.Tolerance == 0 {
		return 2e-5
	}
	return c.Tolerance
}

// Cases returns all fixed cases.
func Cases() []Case {
	var all []Case
	for _, list := range [][]Case{convCases(), poolCases(), classicCases(), normCases(), activationCases(), channelCases(), randomCases(), scalarCases(), lossCases(), blockCases()} {
		all = append(all, list...)
	}
	return all
}
