package augment

import "math/rand/v2"

// Interval is a range of numbers that parameters are drawn from.
type Interval struct{ Low, High float64 }

// Uniform returns a number that is uniform in the interval.
func (r Interval) Uniform(rng *rand.Rand) float64 { return r.Low + (r.High-r.Low)*rng.Float64() }

// Around1 returns a factor as batchgenerators' BGContrast draws it: with probability one half a
// reduction, uniform in [Low, 1], otherwise an increase, uniform in [1, High]. An interval on one side
// of 1 is drawn uniformly.
func (r Interval) Around1(rng *rand.Rand) float64 {
	if r.Low < 1 && rng.Float64() < 0.5 {
		return Interval{r.Low, 1}.Uniform(rng)
	}
	return Interval{max(r.Low, 1), r.High}.Uniform(rng)
}
