//go:build !linux

package cpu

import "unsafe"

// mapBytes takes zeroed memory from the Go heap, aligned to a cache line.
func mapBytes(n int) ([]byte, error) {
	b := make([]byte, n+64)
	skip := -uintptr(unsafe.Pointer(&b[0])) & 63
	return b[skip : skip+uintptr(n)], nil
}

// unmapBytes leaves the memory to the garbage collector.
func unmapBytes([]byte) {}
