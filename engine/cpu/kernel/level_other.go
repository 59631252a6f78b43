//go:build !amd64

package kernel

// HasHalf reports whether the processor computes in bfloat16, which only AVX512_BF16 does here.
func HasHalf() bool { return false }

// Detect returns the highest level of this processor and operating system.
func Detect() Level { return Portable }
