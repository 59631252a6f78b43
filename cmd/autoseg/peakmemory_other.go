//go:build !linux && !darwin

package main

// peakMemory returns 0: this system does not tell.
func peakMemory() float64 { return 0 }
