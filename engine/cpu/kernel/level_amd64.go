package kernel

import "golang.org/x/sys/cpu"

// HasHalf reports whether the processor computes in bfloat16 (AVX512_BF16).
func HasHalf() bool { return cpu.X86.HasAVX512BF16 && Detect() == AVX512 }

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
