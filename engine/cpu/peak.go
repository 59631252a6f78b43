package cpu

import (
	"time"

	"github.com/autoseg/autoseg/engine/cpu/kernel"
	"github.com/autoseg/autoseg/engine/cpu/vector"
	"github.com/autoseg/autoseg/internal/parallel"
)

// Peak measures the floating-point operations per second that all workers together reach in a loop
// without memory, the best of some tries of a few milliseconds. What a kernel reaches is quoted as a
// fraction of it; Winograd's convolution does with fewer operations than are counted and may exceed 1.
func Peak(o Options) (float64, error) {
	if err := o.Validate(); err != nil {
		return 0, err
	}
	level, err := o.level()
	if err != nil {
		return 0, err
	}
	p := map[kernel.Level]func() vector.Peak{
		kernel.AVX512: vector.AVX512Peak, kernel.AVX2: vector.AVX2Peak, kernel.Portable: vector.PortablePeak,
	}[level]()
	const runs, tries = 200_000, 12
	workers, best := o.workers(), 0.0
	for range tries {
		started := time.Now()
		parallel.For(workers, workers, func(_, _ int) { p.Loop(&vector.Args{N: runs}) })
		best = max(best, float64(workers*runs*p.Flops)/time.Since(started).Seconds())
	}
	return best, nil
}
