// Package layers holds the table of import directions: a package may import only packages of strictly
// lower layers. The test lists the module's packages and checks them against the table, which is also
// printed into docs/architecture.md (go test ./internal/layers -update).
//
// Test files may look upwards: an executor's test imports the conformance suite above it.
package layers
