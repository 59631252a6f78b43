package op

import "github.com/autoseg/autoseg/engine"

// Add is the elementwise sum of two values of one shape.
func Add(a, b engine.Node) engine.Node { return a.Graph().Apply(engine.AddDefinition(), a, b) }
