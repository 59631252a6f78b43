//go:build !linux

package main

import "errors"

// systemMemory is known on Linux only.
func systemMemory() (total, available int, err error) {
	return 0, 0, errors.New("read the machine's memory: only known on Linux")
}
