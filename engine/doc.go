// Package engine turns expression graphs into programs and runs them on an executor.
//
// A Graph is a thin owner of a Gorgonia expression graph: Gorgonia supplies the graph, the types and
// the symbolic gradients, and its TapeMachine can run any graph as a cross-check. Every operator on
// activations is described by a Definition (package engine/op) that says what it computes, in plain
// Go; the executors decide how.
//
// # Three phases
//
// Building: Graph.Input, Graph.Parameter and the functions of engine/op add nodes. Shapes are checked
// here; misuse panics with a message that starts with the operator's name. Build recovers such a
// panic once and returns it as an error.
//
// Compiling: Compile takes the wanted outputs and updates and makes a Program: nodes nobody needs are
// dropped, neighbours are fused where the executor has a kernel for both, layouts are assigned,
// memory is planned by lifetime. Every pass can be dumped as text (Program.Dump).
//
// Running: Program.Run uploads the inputs, runs the steps in order, and downloads the outputs. A
// program owns its memory; parameters and optimiser state live in it from run to run.
//
// # Conventions
//
// Activations are (batch, channel, z, y, x) or (batch, channel, y, x), slowest axis first. Scalars
// have an empty shape. Nothing here knows about images or plans.
package engine
