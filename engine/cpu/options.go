package cpu

import (
	"fmt"
	"runtime"

	"github.com/autoseg/autoseg/engine/cpu/kernel"
)

// Options configure an executor. The zero value means all processors and the best level they have.
type Options struct {
	// Workers is the number of goroutines that compute; 0 means one per processor. Results do not
	// depend on it.
	Workers int
	// Level is the SIMD level: avx512, avx2 or none; empty means the best this processor has.
	Level string
	// Memory is the number of bytes that programs may take together; 0 means no limit. A program that
	// needs more is refused by engine.Compile.
	Memory int64
	// Precision is what convolutions multiply in where their weights do not change, as in prediction:
	// FP32 or BF16, which sums in float32; empty means FP32.
	Precision string
}

// The precisions.
const (
	FP32 = "fp32"
	BF16 = "bf16"
)

// Validate reports the first option that cannot be met on this processor.
func (o Options) Validate() error {
	_, err := o.level()
	if err == nil && o.Workers < 0 {
		err = fmt.Errorf("workers is %d, must not be negative", o.Workers)
	}
	if err == nil && o.Memory < 0 {
		err = fmt.Errorf("memory is %d bytes, must not be negative", o.Memory)
	}
	if err == nil {
		err = o.checkPrecision()
	}
	return err
}

func (o Options) checkPrecision() error {
	switch {
	case o.Precision == "" || o.Precision == FP32:
		return nil
	case o.Precision != BF16:
		return fmt.Errorf("unknown precision %q: use fp32 or bf16", o.Precision)
	case !kernel.HasHalf():
		return fmt.Errorf("this processor does not compute in bf16 (it lacks AVX512_BF16): use precision fp32")
	case o.Level != "" && o.Level != kernel.AVX512.String():
		return fmt.Errorf("precision bf16 needs SIMD level avx512, not %s", o.Level)
	}
	return nil
}

func (o Options) level() (kernel.Level, error) {
	best := kernel.Detect()
	if o.Level == "" {
		return best, nil
	}
	level, known := map[string]kernel.Level{"avx512": kernel.AVX512, "avx2": kernel.AVX2, "none": kernel.Portable}[o.Level]
	switch {
	case !known:
		return 0, fmt.Errorf("unknown SIMD level %q: use avx512, avx2 or none", o.Level)
	case level > best:
		return 0, fmt.Errorf("this processor does not have SIMD level %s, its best is %v", o.Level, best)
	}
	return level, nil
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}
