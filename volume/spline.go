package volume

import "math"

// lanes is the number of lines that are filtered side by side. Sixteen float32 fill one cache line,
// so a bundle of columns reads and writes whole cache lines, and the recursion of the filter, which
// waits for its own last result, has sixteen independent chains to fill the waiting time.
const lanes = 16

// bundle holds sixteen lines during the filter: rows[i+2][j] is coefficient i of line j. Two rows in
// front and two behind take the coefficients beyond the border.
type bundle struct{ rows [][lanes]float64 }

func (b *bundle) resize(n int) {
	if cap(b.rows) < n+4 {
		b.rows = make([][lanes]float64, n+4)
	}
	b.rows = b.rows[:n+4]
}

// pole is the pole of the cubic B-spline's inverse filter (Unser 1999, table 1).
var pole = math.Sqrt(3) - 2

// prefilter turns the samples in rows[2:n+2] into B-spline coefficients. The signal is extended
// beyond both ends by its outermost sample without end, for which the start values have a closed
// form: with z the pole, the causal filter starts from the limit of a constant signal, and the
// anticausal one from the sum over the constant plus the decaying rest of the causal one.
func (b *bundle) prefilter() {
	rows := b.rows
	n := len(rows) - 4
	z := pole
	last := rows[n+1]
	var left [lanes]float64 // causal response to the constant in front of the line
	first := &rows[2]
	for j := range lanes {
		left[j] = 6 * first[j] / (1 - z)
		first[j] = 6*first[j] + z*left[j]
	}
	for i := 3; i < n+2; i++ {
		row, before := &rows[i], &rows[i-1]
		for j := range lanes {
			row[j] = 6*row[j] + z*before[j]
		}
	}
	for j := range lanes {
		right := 6 * last[j] / (1 - z)
		constant, rest := z*right/(1-z), (rows[n+1][j]-right)/(1-z*z)
		rows[n+1][j] = -(constant + z*rest)
		rows[n+2][j] = -(constant + z*z*rest)
		rows[n+3][j] = -(constant + z*z*z*rest)
	}
	for i := n; i >= 2; i-- {
		row, after := &rows[i], &rows[i+1]
		for j := range lanes {
			row[j] = z * (after[j] - row[j])
		}
	}
	for j := range lanes {
		rows[1][j] = z * (rows[2][j] - left[j])
		rows[0][j] = z * (rows[1][j] - left[j])
	}
}

// cubicTap is one sample of a line: four neighbouring coefficients, the first in row, and weights.
type cubicTap struct {
	row    int
	weight [4]float64
}

// cubicTaps returns the taps of a line of n voxels brought to m. Samples lie in [-0.5, n-0.5) and are
// not clamped: the coefficients beyond the border exist.
func cubicTaps(n, m int) []cubicTap {
	taps := make([]cubicTap, m)
	for k := range taps {
		x := sample(k, n, m)
		floor := math.Floor(x)
		t := x - floor
		u := 1 - t
		w := [4]float64{u * u * u / 6, (3*t*t*(t-2) + 4) / 6, (3*u*u*(u-2) + 4) / 6}
		w[3] = 1 - w[0] - w[1] - w[2]
		taps[k] = cubicTap{row: int(floor) + 1, weight: w}
	}
	return taps
}

// sample returns the position of new voxel k in an axis of n voxels brought to m. The order of the
// operations is scipy's: labels at exact ties depend on it. The conversions keep the compiler from
// fusing a multiplication and an addition, which rounds differently.
func sample(k, n, m int) float64 {
	return float64((float64(k)+0.5)*(float64(n)/float64(m))) - 0.5
}

// evaluate computes one sample of all lines, clipped.
func (b *bundle) evaluate(tap *cubicTap, clip interval, out *[lanes]float64) {
	four := b.rows[tap.row : tap.row+4]
	r0, r1, r2, r3 := &four[0], &four[1], &four[2], &four[3]
	w0, w1, w2, w3 := tap.weight[0], tap.weight[1], tap.weight[2], tap.weight[3]
	for j := range lanes {
		v := w0*r0[j] + w1*r1[j] + w2*r2[j] + w3*r3[j]
		if v < clip.low {
			v = clip.low
		}
		if v > clip.high {
			v = clip.high
		}
		out[j] = v
	}
}
