package kernel

import "math"

// Moments says what the partial statistics of a run stand for.
type Moments struct {
	N, Channels int
	// Partials is the plan's number of partial sums per sample and channel.
	Partials int
	// Pixels is the number of pixels of a sample's channel.
	Pixels int
	// Epsilon is added to the variance.
	Epsilon float64
	// Joint takes the samples together, as batch normalisation does.
	Joint bool
}

// Finish writes mean and 1/sqrt(variance+epsilon) as [n][channel][2], n = 1 when Joint. Partial sums are
// added in float64 in a fixed order. The variance is the mean square minus the squared mean, at least 0:
// sums of a few thousand values in float32 hold it well as long as the mean is not much larger than the
// deviation, which convolutions of normalised activations meet.
func (m Moments) Finish(dst, stats []float32) {
	stats = need("stats", stats, m.N*Blocks(m.Channels)*m.Partials*column)
	samples, joined := m.N, 1
	if m.Joint {
		samples, joined = 1, m.N
	}
	count := float64(joined * m.Pixels)
	for n := range samples {
		for c := range m.Channels {
			var sum, square float64
			for k := range joined {
				s, q := m.sums(stats, n+k, c)
				sum, square = sum+s, square+q
			}
			mean := sum / count
			variance := max(square/count-mean*mean, 0)
			dst[2*(n*m.Channels+c)] = float32(mean)
			dst[2*(n*m.Channels+c)+1] = float32(1 / math.Sqrt(variance+m.Epsilon))
		}
	}
}

func (m Moments) sums(stats []float32, n, c int) (sum, square float64) {
	first := (n*Blocks(m.Channels) + c/lanes) * m.Partials * column
	for p := range m.Partials {
		at := first + p*column + c%lanes
		sum += float64(stats[at])
		square += float64(stats[at+lanes])
	}
	return sum, square
}
