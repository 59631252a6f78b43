package enginetest

import (
	"slices"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
	"github.com/autoseg/autoseg/engine/ref"
)

// TestShipped checks that the cases use every kind of op.Shipped and no other, so that an operator
// without a case, and one of Gorgonia's own, cannot slip in.
func TestShipped(t *testing.T) {
	used := map[engine.Kind]bool{}
	for _, c := range Cases() {
		p := compile(t, c, ref.New(1), engine.Float32, true)
		p.StartProfile()
		p.run(t, engine.Moment{})
		for _, line := range p.Profile() {
			used[line.Kind] = true
		}
		closeProgram(t, p)
	}
	for _, kind := range op.Shipped() {
		if !used[kind] {
			t.Errorf("no case uses %s", kind)
		}
		delete(used, kind)
	}
	for kind := range used {
		t.Errorf("the cases use %s, which op.Shipped does not list", kind)
	}
	if list := op.Shipped(); len(slices.Compact(slices.Sorted(slices.Values(list)))) != len(list) {
		t.Error("op.Shipped lists a kind twice")
	}
}
