package fingerprint

import (
	"math"
	"slices"
	"sync"

	"github.com/autoseg/autoseg/plans"
)

// pool collects the sampled intensities of one channel as distinct values with counts. nnU-Net keeps
// all 1e8 samples; images of whole numbers need a few thousand entries instead, and the statistics
// do not depend on the order in which cases arrive.
type pool struct {
	mutex   sync.Mutex
	runs    []entry // sorted, distinct
	pending []entry // unsorted
}

// entry is a value, in its upper half as an integer of the same order, and a count in its lower one.
// Counts fit: there are at most 1e8 samples.
type entry uint64

func newEntry(v float32, count uint32) entry {
	bits := math.Float32bits(v + 0) // -0 becomes 0
	if bits>>31 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 31
	}
	return entry(bits)<<32 | entry(count)
}

func (e entry) value() float32 {
	bits := uint32(e >> 32)
	if bits>>31 == 1 {
		bits &^= 1 << 31
	} else {
		bits = ^bits
	}
	return math.Float32frombits(bits)
}

func (e entry) count() int { return int(uint32(e)) }

// add adds the voxels at the given positions as often as they were drawn.
func (p *pool) add(data []float32, at []int, drawn []uint32) {
	fresh := make([]entry, 0, len(at))
	for i, n := range drawn {
		if n > 0 {
			fresh = append(fresh, newEntry(data[at[i]], n))
		}
	}
	fresh = distinct(fresh)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.pending = append(p.pending, fresh...)
	if len(p.pending) > max(1<<20, len(p.runs)) {
		p.settle()
	}
}

// settle merges what is pending into the sorted entries.
func (p *pool) settle() {
	p.runs = distinct(append(p.runs, p.pending...))
	p.pending = p.pending[:0]
}

// distinct sorts entries in place and adds up the counts of equal values.
func distinct(entries []entry) []entry {
	slices.Sort(entries)
	n := 0
	for _, e := range entries {
		if n > 0 && entries[n-1]>>32 == e>>32 {
			entries[n-1] += e & math.MaxUint32
			continue
		}
		entries[n] = e
		n++
	}
	return entries[:n]
}

func (p *pool) count() int {
	p.settle()
	n := 0
	for _, e := range p.runs {
		n += e.count()
	}
	return n
}

// statistics computes the properties of the channel. Mean and standard deviation are exact sums
// rounded to the precision of nnU-Net's array, float32, or float64 when the array was promoted.
func (p *pool) statistics(promoted bool) plans.Intensity {
	n := p.count()
	sum := 0.0
	for _, e := range p.runs {
		sum += float64(e.value()) * float64(e.count())
	}
	mean := sum / float64(n)
	squares := 0.0
	for _, e := range p.runs {
		d := float64(e.value()) - mean
		squares += d * d * float64(e.count())
	}
	std := math.Sqrt(squares / float64(n))
	if !promoted {
		mean, std = float64(float32(mean)), float64(float32(std))
	}
	return plans.Intensity{
		Min: float64(p.runs[0].value()), Max: float64(p.runs[len(p.runs)-1].value()),
		Mean: mean, Std: std,
		Percentile005: p.percentile(0.5, n, promoted),
		Median:        p.percentile(50, n, promoted),
		Percentile995: p.percentile(99.5, n, promoted),
	}
}

// percentile interpolates linearly between the two samples around the rank, as numpy's _lerp does:
// from the nearer of the two, their difference taken in the precision of the array.
func (p *pool) percentile(q float64, n int, promoted bool) float64 {
	rank := q / 100 * float64(n-1)
	at := int(math.Floor(rank))
	fraction := rank - float64(at)
	low, high := p.ranked(at), p.ranked(min(at+1, n-1))
	difference := float64(high) - float64(low)
	if !promoted {
		difference = float64(high - low)
	}
	// The conversions keep Go from fusing product and sum into one rounding.
	if fraction < 0.5 {
		return float64(low) + float64(difference*fraction)
	}
	return float64(high) - float64(difference*(1-fraction))
}

// ranked returns the sample of a rank, counted from 0.
func (p *pool) ranked(rank int) float32 {
	for _, e := range p.runs {
		if rank -= e.count(); rank < 0 {
			return e.value()
		}
	}
	panic("fingerprint: rank beyond the samples")
}
