package voxels

import "unsafe"

// Allocate returns an empty slice for n values. The voxels of a large image are asked for in huge pages:
// with small ones the system spends up to a third of the time that reading takes on faulting them in, and
// more where several images are read at once.
func Allocate(n int) []float32 {
	data := make([]float32, 0, n)
	adviseHuge(unsafe.Pointer(unsafe.SliceData(data)), 4*n)
	return data
}
