package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// systemMemory returns the machine's memory in MB. What is available of it the kernel only tells through
// cgo, so all of it counts.
func systemMemory() (total, available int, err error) {
	bytes, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return 0, 0, fmt.Errorf("read the machine's memory: %w", err)
	}
	return int(bytes >> 20), int(bytes >> 20), nil
}
