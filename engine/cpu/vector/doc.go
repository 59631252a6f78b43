// Package vector holds the memory-bound loops of the CPU executor: norm, activation, sums, updates.
//
// A loop walks through arrays in steps of 16 float32, one cache line, which in the blocked layout are
// the 16 channels of one voxel; parameters that differ by channel are vectors of 16. Arrays need no
// alignment, except for the targets of the loops that store past the cache (64 bytes).
//
// A Set holds the loops of one instruction set: AVX-512 or AVX2 assembly (written by package gen; run
// go generate after a change) or plain Go. Results may differ between them in the last bits, since only
// assembly fuses multiplications with additions and the order of sums differs.
package vector

//go:generate go run ./gen
