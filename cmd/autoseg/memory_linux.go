package main

import (
	"fmt"
	"os"
	"strings"
)

// systemMemory returns the machine's memory and what is available of it, in MB, as the kernel tells.
func systemMemory() (total, available int, err error) {
	content, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, 0, fmt.Errorf("read the machine's memory: %w", err)
	}
	for line := range strings.Lines(string(content)) {
		var kilobytes int
		if _, err := fmt.Sscanf(line, "MemTotal: %d kB", &kilobytes); err == nil {
			total = kilobytes / 1024
		}
		if _, err := fmt.Sscanf(line, "MemAvailable: %d kB", &kilobytes); err == nil {
			available = kilobytes / 1024
		}
	}
	if total == 0 {
		return 0, 0, fmt.Errorf("read the machine's memory: no MemTotal in /proc/meminfo")
	}
	return total, available, nil
}
