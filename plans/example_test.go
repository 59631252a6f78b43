package plans_test

import (
	"fmt"
	"path/filepath"

	"github.com/autoseg/autoseg/plans"
)

func ExampleRead() {
	p, err := plans.Read(filepath.Join("published", "Dataset004_Hippocampus", "default.yaml"))
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := p.Configuration("3d_fullres")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.PatchSize, c.BatchSize, c.Architecture.Features)
	fmt.Println(p.Reasons["configurations.3d_fullres.spacing"])
	// Output:
	// [40 56 40] 9 [32 64 128 256]
	// median of the 260 cases per axis
}

// ExampleParse reads a plan with a mistake.
func ExampleParse() {
	_, err := plans.Parse("plan.yaml", []byte("planner: default\nnetwrok: plain\n"))
	fmt.Println(err)
	// Output:
	// plan.yaml:2: netwrok is no key of a plan; did you mean network?
	// plan.yaml: transpose_forward is [0 0 0]; want the axes 0, 1, 2 in some order
	// plan.yaml: configurations is empty; a plan needs at least one configuration
}
