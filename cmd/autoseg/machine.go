package main

import (
	"time"

	"golang.org/x/sys/cpu"

	"github.com/autoseg/autoseg/internal/parallel"
)

// instructionSets names the SIMD level that this processor allows, in the words of --simd, and the
// features behind the choice.
func instructionSets() (level string, features []string) {
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"avx", cpu.X86.HasAVX}, {"avx2", cpu.X86.HasAVX2}, {"fma", cpu.X86.HasFMA},
		{"avx512f", cpu.X86.HasAVX512F}, {"avx512bw", cpu.X86.HasAVX512BW},
		{"avx512dq", cpu.X86.HasAVX512DQ}, {"avx512vl", cpu.X86.HasAVX512VL},
		{"avx512_bf16", cpu.X86.HasAVX512BF16}, {"asimd", cpu.ARM64.HasASIMD},
	} {
		if f.has {
			features = append(features, f.name)
		}
	}
	switch {
	case cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL:
		return "avx512", features
	case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return "avx2", features
	}
	return "none", features
}

// copySpeed measures how many gigabytes per second all threads together copy: the bound of every
// operation that does not compute much. Blocks are larger than the caches of one core.
func copySpeed(threads int) float64 {
	const block, rounds = 32 << 20, 4
	source, target := make([][]byte, threads), make([][]byte, threads)
	for i := range threads {
		source[i], target[i] = make([]byte, block), make([]byte, block)
		copy(target[i], source[i]) // the first touch pays for the page faults
	}
	start := time.Now()
	parallel.For(threads, threads, func(_, i int) {
		for range rounds {
			copy(target[i], source[i])
		}
	})
	return float64(threads*rounds*block) / time.Since(start).Seconds() / 1e9
}
