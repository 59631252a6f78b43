//go:build !linux

package voxels

import "unsafe"

// adviseHuge does nothing where huge pages are not for the asking.
func adviseHuge(unsafe.Pointer, int) {}
