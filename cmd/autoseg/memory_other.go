//go:build !linux && !darwin && !windows

package main

import "errors"

// systemMemory is not known here.
func systemMemory() (total, available int, err error) {
	return 0, 0, errors.New("read the machine's memory: not known on this system")
}
