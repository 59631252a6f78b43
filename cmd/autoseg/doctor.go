package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// machine is what doctor found out.
type machine struct {
	Platform     string   `json:"platform"`
	Threads      int      `json:"threads"`
	SIMD         string   `json:"simd"`
	Features     []string `json:"cpu_features"`
	MemoryMB     int      `json:"memory_mb"`
	AvailableMB  int      `json:"memory_available_mb"`
	GPU          string   `json:"gpu"`
	MemoryGBPerS float64  `json:"memory_copy_gb_per_s"`
}

func newDoctorCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Show what this machine offers: SIMD level, memory, GPU, measured speed",
		Example: examples(
			"autoseg doctor",
			"autoseg doctor --json --threads 2"),
		Args: arguments(),
		RunE: func(*cobra.Command, []string) error {
			m := examine(a)
			if a.flags.json {
				return a.printJSON(m)
			}
			return printMachine(a, m)
		},
	}
}

// examine asks the machine; it takes a fraction of a second.
func examine(a *app) machine {
	total, available, err := systemMemory()
	if err != nil {
		a.log.Warn(err.Error())
	}
	level, features := instructionSets()
	return machine{
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Threads:  a.threads(), SIMD: level, Features: features,
		MemoryMB: total, AvailableMB: available,
		GPU:          "none (this build has no CUDA)",
		MemoryGBPerS: copySpeed(a.threads()),
	}
}

func printMachine(a *app, m machine) error {
	return a.printTable([]any{"What", "Found"}, [][]any{
		{"platform", m.Platform},
		{"threads", m.Threads},
		{"SIMD level", m.SIMD},
		{"CPU features", fmt.Sprint(m.Features)},
		{"memory", fmt.Sprintf("%d MB, %d MB available", m.MemoryMB, m.AvailableMB)},
		{"memory speed", fmt.Sprintf("%.1f GB/s copied", m.MemoryGBPerS)},
		{"GPU", m.GPU},
	})
}
