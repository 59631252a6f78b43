// Package plans is the data model of what was decided for a dataset: the commented YAML that people
// read and edit, nnU-Net's JSON, and the checks that both must pass. It decides nothing; package
// planner does.
//
//	p, err := plans.Read("plan.yaml")        // or nnU-Net's plans.json; validated
//	c, err := p.Configuration("3d_fullres")  // with everything it inherits
//	err = p.Write("plan.yaml")               // comments that people wrote are kept
//
// Keys of the YAML form are nnU-Net's wherever it has one. Findings are bad input by package fault and
// name file, line and field. Nothing here panics on what a file holds; writing panics on an option of an
// architecture whose type no file could have.
//
// Axis order is slowest first (after transposition); spacings are in mm, shapes in voxels.
package plans
