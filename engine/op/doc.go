// Package op holds the operators that Gorgonia lacks: each file describes one, with its formula, its
// shape rule, its plain meaning in Go and its symbolic gradient, which is made of further operators.
//
// The exported functions add a node to a graph and return it; 2D (batch, channel, y, x) and 3D (batch,
// channel, z, y, x) work alike. They panic on misuse with a message that starts with the operator's
// name; engine.Build turns such a panic into an error. Functions named after a gradient are what the
// gradients are made of; they are exported for tests of executors.
//
// The plain meaning (engine.Definition.Compute) is direct loops over arrays in C order, with sums in
// float64 and in a fixed order. It reads all sizes from the arrays it is given, never from the node, so
// that an executor may call it on a part of the batch where samples do not mix.
//
// To add an operator: write its file, list its kind in shipped.go, and give it a case in
// engine/enginetest.
package op
