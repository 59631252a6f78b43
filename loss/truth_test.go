package loss

import (
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine"
)

// TestMissingMapIsRefused gives losses that want a map a target without one.
func TestMissingMapIsRefused(t *testing.T) {
	for name, l := range map[string]Loss{
		"weighted cross-entropy": WeightedCrossEntropy{},
		"boundary":               Boundary{},
		"weighted focal":         Focal{Gamma: 2, Weighted: true},
	} {
		g := engine.NewGraph(engine.Float32)
		err := engine.Build(func() error {
			l.Node(g.Input("logits", engine.Shape{1, 3, 4, 4}), g.Input("target", engine.Shape{1, 1, 4, 4}))
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), "wants a map behind the 1 of the truth") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
