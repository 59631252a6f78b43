package main

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// memoryStatus is MEMORYSTATUSEX of the Windows API.
type memoryStatus struct {
	length, load                 uint32
	totalPhysical, availPhysical uint64
	totalPageFile, availPageFile uint64
	totalVirtual, availVirtual   uint64
	availExtendedVirtual         uint64
}

// systemMemory returns the machine's memory and what is available of it, in MB, as the system tells.
func systemMemory() (total, available int, err error) {
	call := windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")
	s := memoryStatus{}
	s.length = uint32(unsafe.Sizeof(s))
	if done, _, err := call.Call(uintptr(unsafe.Pointer(&s))); done == 0 {
		return 0, 0, fmt.Errorf("read the machine's memory: %w", err)
	}
	return int(s.totalPhysical >> 20), int(s.availPhysical >> 20), nil
}
