package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// machineWords describes the machine in a line for the report: what computes, never whose it is.
func (a *app) machineWords() string {
	words := fmt.Sprintf("%s/%s, %d threads, SIMD level %s", runtime.GOOS, runtime.GOARCH, a.threads(), a.simdLevel())
	if total, _, err := systemMemory(); err == nil && total > 0 {
		words += fmt.Sprintf(", %.1f GB of memory", float64(total)/1024)
	}
	if name := processor(); name != "" {
		words += ", " + name
	}
	return words
}

// processor returns the processor's name where the system tells it in a file, or "".
func processor() string {
	content, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(content)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// peakBytes is peakMemory in bytes.
func peakBytes() int64 { return int64(peakMemory() * (1 << 20)) }
