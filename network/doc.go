// Package network builds networks as expression graphs from a plan's architecture, counts their
// parameters and features, and gives their parameters first values. It neither runs nor trains them.
//
// Every family has a folder with a builder; the map in family.go is the only place that knows them
// all. Parameters carry the names of the PyTorch implementation that a family's weights come from.
package network
