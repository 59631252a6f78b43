package kernel

import "golang.org/x/sys/cpu"

// Detect returns the highest level of this processor and operating system.
func Detect() Level {
	switch {
	case cpu.X86.HasAVX512F && cpu.X86.HasFMA: // x/sys asks XGETBV whether the system saves ZMM registers
		return AVX512
	case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return AVX2
	}
	return Portable
}
