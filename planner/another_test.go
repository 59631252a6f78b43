package planner

import (
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
	"github.com/google/go-cmp/cmp"
)

// TestWithNetwork turns the plan of every family into that of every other: data, patch, batch and poolings
// stay, the result is valid in YAML, and the architecture is that of a direct plan wherever that has the
// same poolings.
func TestWithNetwork(t *testing.T) {
	for _, from := range plans.Families {
		p := plan(t, vectorB(), Options{Network: from})
		before := configuration(t, p, "3d_fullres")
		for _, to := range plans.Families {
			q, err := WithNetwork(p, to)
			if err != nil {
				t.Errorf("%s to %s: %v", from, to, err)
				continue
			}
			if err := q.Validate(); err != nil {
				t.Errorf("%s to %s: %v", from, to, err)
			}
			direct := plan(t, vectorB(), Options{Network: to})
			for _, name := range p.Names() {
				a, b, c := configuration(t, p, name), configuration(t, q, name), configuration(t, direct, name)
				if b.Architecture.Family != to {
					t.Errorf("%s to %s: %s is %s", from, to, name, b.Architecture.Family)
				}
				same := *b
				same.Architecture = a.Architecture
				if d := cmp.Diff(a, &same, cmp.AllowUnexported(plans.Configuration{})); d != "" {
					t.Errorf("%s to %s: %s changed beside its architecture: %s", from, to, name, d)
				}
				if cmp.Equal(a.Architecture.Strides, c.Architecture.Strides) && cmp.Equal(a.PatchSize, c.PatchSize) && !cmp.Equal(b.Architecture, c.Architecture) {
					t.Errorf("%s to %s: %s: %s", from, to, name, cmp.Diff(b.Architecture, c.Architecture))
				}
			}
			text, err := q.YAML()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := plans.Parse("plan.yaml", text); err != nil {
				t.Errorf("%s to %s: %v", from, to, err)
			}
		}
		if !cmp.Equal(before, configuration(t, p, "3d_fullres"), cmp.AllowUnexported(plans.Configuration{})) {
			t.Errorf("the plan of %s was changed", from)
		}
	}
}

func TestWithNetworkRefuses(t *testing.T) {
	p := plan(t, vectorA(), Options{Network: "fcn8s"})
	p.Configurations[0].PatchSize[0]++ // an FCN crops for itself, a DeconvNet's head has one size
	if _, err := WithNetwork(p, "vnet"); err == nil || !fault.IsInput(err) || !strings.Contains(err.Error(), "configuration 2d: network vnet: the input's extent") {
		t.Errorf("got %v", err)
	}
	if _, err := WithNetwork(p, "lenet"); err == nil || !strings.Contains(err.Error(), `unknown network "lenet"`) {
		t.Errorf("got %v", err)
	}
}
