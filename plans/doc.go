// Package plans is the data model of what was decided for a dataset: the commented YAML that people
// read and edit, nnU-Net's JSON, and the checks that both must pass. It decides nothing; package
// planner does.
//
// Axis order is slowest first (after transposition); spacings are in mm, shapes in voxels.
package plans
