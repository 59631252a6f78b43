package evaluate

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/autoseg/autoseg/internal/random"
)

// Statistics describe one metric of one class over the cases in which it is defined.
type Statistics struct {
	// Cases is the number of cases in which the metric is defined, Infinite of those in which it is
	// infinite.
	Cases, Infinite int
	// Mean, SD (of a sample, n-1), Median and the quartiles Q1 and Q3 count infinity; MeanFinite does
	// not. All are undefined without cases, SD also with one.
	Mean, SD, Median, Q1, Q3, MeanFinite float64
	// Low and High bound the mean with 95 % confidence (percentile bootstrap).
	Low, High float64
}

// IQR returns the distance of the quartiles.
func (s *Statistics) IQR() float64 {
	if s.Q1 == s.Q3 {
		return 0 // also between infinities
	}
	return s.Q3 - s.Q1
}

// confidence is the share of resampled means that an interval holds; resamples their number.
const (
	confidence = 0.95
	resamples  = 2000
)

// Describe computes the statistics of every class and metric, and keeps them for Write. Resampling is
// seeded by the seed, the class and the metric, so that no other class or metric changes an interval.
func (s *Summary) Describe(seed uint64) {
	s.Statistics = map[string]map[string]Statistics{}
	for _, c := range s.Classes {
		s.Statistics[c.Key] = map[string]Statistics{}
		for _, name := range s.Names() {
			if isWhole(name) {
				continue
			}
			rng := random.Derive(seed, "bootstrap of "+name+" of class "+c.Key)
			s.Statistics[c.Key][name] = describe(s.column(c.Key, name), rng)
		}
	}
}

// column returns a metric of a class over the cases.
func (s *Summary) column(class, name string) []float64 {
	column := make([]float64, len(s.Cases))
	for i, c := range s.Cases {
		v, ok := c.Metrics[class][name]
		if !ok {
			v = math.NaN()
		}
		column[i] = v
	}
	return column
}

func describe(values []float64, rng *rand.Rand) Statistics {
	v := defined(values)
	finite := slices.DeleteFunc(slices.Clone(v), func(x float64) bool { return math.IsInf(x, 0) })
	s := Statistics{Cases: len(v), Infinite: len(v) - len(finite), Mean: mean(v), MeanFinite: mean(finite), SD: deviation(v)}
	s.Low, s.High = interval(v, rng)
	slices.Sort(v)
	s.Q1, s.Median, s.Q3 = quantile(v, 0.25), quantile(v, 0.5), quantile(v, 0.75)
	return s
}

// defined returns the values that are numbers, infinite ones included.
func defined(values []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(values), math.IsNaN)
}

// deviation returns the standard deviation of a sample: undefined below two values and with an infinite
// one.
func deviation(v []float64) float64 {
	if len(v) < 2 {
		return math.NaN()
	}
	return stat.StdDev(v, nil)
}

// interval returns the percentile bootstrap interval of the mean (Efron 1979).
func interval(v []float64, rng *rand.Rand) (low, high float64) {
	if len(v) == 0 {
		return math.NaN(), math.NaN()
	}
	means := make([]float64, resamples)
	for r := range means {
		sum := 0.0
		for range v {
			sum += v[rng.IntN(len(v))]
		}
		means[r] = sum / float64(len(v))
	}
	slices.Sort(means)
	return quantile(means, (1-confidence)/2), quantile(means, (1+confidence)/2)
}
