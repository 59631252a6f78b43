package kernel

import "fmt"

// Level names a set of kernels. Higher levels need more of the processor.
type Level uint8

// The levels, slowest first.
const (
	Portable Level = iota // plain Go, any processor
	AVX2                  // AVX2 and FMA
	AVX512                // AVX-512F
)

// String returns the name of the instructions.
func (l Level) String() string {
	switch l {
	case Portable:
		return "portable"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	}
	return fmt.Sprintf("level(%d)", uint8(l))
}

func mustHave(l Level) {
	if l > Detect() {
		panic(fmt.Sprintf("kernel: level %v on a processor that has %v", l, Detect()))
	}
}
