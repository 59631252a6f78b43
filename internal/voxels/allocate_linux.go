package voxels

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

const hugePage = 2 << 20

// adviseHuge advises the system to back n bytes with huge pages, as far as they are whole ones. The
// content stays; the advice is ignored where the system has none.
func adviseHuge(start unsafe.Pointer, n int) {
	skip := int(-uintptr(start) & (hugePage - 1))
	if whole := (n - skip) / hugePage * hugePage; whole > 0 {
		_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Add(start, skip)), whole), unix.MADV_HUGEPAGE)
	}
}
