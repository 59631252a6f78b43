package augment

import "math"

// mean returns the mean, summed in float64 in four interleaved streams: a fixed order that the
// processor can overlap.
func mean(x []float32) float64 {
	var a, b, c, d float64
	i := 0
	for ; i+4 <= len(x); i += 4 {
		v := x[i : i+4 : i+4]
		a, b, c, d = a+float64(v[0]), b+float64(v[1]), c+float64(v[2]), d+float64(v[3])
	}
	for ; i < len(x); i++ {
		a += float64(x[i])
	}
	return (a + b + c + d) / float64(len(x))
}

// deviation returns the standard deviation around the given mean, with N-1 in the denominator as
// torch.std has.
func deviation(x []float32, mean float64) float64 {
	var a, b, c, d float64
	i := 0
	for ; i+4 <= len(x); i += 4 {
		v := x[i : i+4 : i+4]
		p, q, r, s := float64(v[0])-mean, float64(v[1])-mean, float64(v[2])-mean, float64(v[3])-mean
		a, b, c, d = a+p*p, b+q*q, c+r*r, d+s*s
	}
	for ; i < len(x); i++ {
		p := float64(x[i]) - mean
		a += p * p
	}
	return math.Sqrt((a + b + c + d) / float64(max(1, len(x)-1)))
}

// extremes returns the smallest and the largest value.
func extremes(x []float32) (low, high float32) {
	low, high = x[0], x[0]
	for _, v := range x {
		if v < low {
			low = v
		}
		if v > high {
			high = v
		}
	}
	return low, high
}
