package augment

import (
	"math"
	"testing"

	"github.com/autoseg/autoseg/internal/random"
)

// share checks that an event of probability p happened as often as it should, within five standard
// deviations of a binomial count.
func share(t *testing.T, name string, count, n int, p float64) {
	t.Helper()
	if d := math.Abs(float64(count) - p*float64(n)); d > 5*math.Sqrt(float64(n)*p*(1-p)) {
		t.Errorf("%s: %d of %d, want a share of %g", name, count, n, p)
	}
}

// uniform checks mean and range of numbers that should be uniform in an interval.
func uniform(t *testing.T, name string, x []float64, r Interval) {
	t.Helper()
	sum := 0.0
	for _, v := range x {
		sum += v
		if v < r.Low || v > r.High {
			t.Fatalf("%s: %g outside of %v", name, v, r)
		}
	}
	width := r.High - r.Low
	if d := math.Abs(sum/float64(len(x)) - (r.Low+r.High)/2); d > 5*width/math.Sqrt(12*float64(len(x))) {
		t.Errorf("%s: the mean %g is off by %g", name, sum/float64(len(x)), d)
	}
}

func TestSpatialDraws(t *testing.T) {
	const n = 20000
	rng := random.Derive(1, "test")
	s := Spatial{Rotate: 0.2, Scale: 0.2, Angle: math.Pi / 6, Factor: Interval{0.7, 1.4}}
	identity, scaled := 0, []float64{}
	for range n {
		p := s.Draw(rng)
		if p.Identity {
			identity++
			continue
		}
		// The determinant is the cube of the scale, since rotations have determinant 1.
		if f := math.Cbrt(determinant(p.Affine)); math.Abs(f-1) > 1e-9 {
			scaled = append(scaled, f)
		}
	}
	share(t, "plain crop", identity, n, 0.64)
	share(t, "scaled", len(scaled), n, 0.2)
	uniform(t, "scale", scaled, Interval{0.7, 1.4})
}

func determinant(m [3][3]float64) float64 {
	return m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) - m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) + m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
}

func TestIntensityDraws(t *testing.T) {
	const n = 20000
	rng := random.Derive(2, "test")
	var sigma, width, low, high, zoom []float64
	for range n {
		sigma = append(sigma, Noise{Interval{0, 0.1}}.Draw(rng).Sigma)
		if p := (Blur{Sigma: Interval{0.5, 1}, PerChannel: 0.5}).Draw(rng); p.Sigma[0] != 0 {
			width = append(width, p.Sigma[:]...)
		}
		if f := (Gamma{Exponent: Interval{0.7, 1.5}}).Draw(rng).Exponent; f < 1 {
			low = append(low, f)
		} else {
			high = append(high, f)
		}
		if p := (LowResolution{Scale: Interval{0.5, 1}, PerChannel: 0.5, Flat: true}).Draw(rng); p.Scale[1] != 1 {
			zoom = append(zoom, p.Scale[2])
			if p.Scale[0] != 1 || p.Scale[1] != p.Scale[2] {
				t.Fatalf("scales %v", p.Scale)
			}
		}
	}
	uniform(t, "noise", sigma, Interval{0, 0.1})
	share(t, "blurred channels", len(width)/3, n, 0.5)
	uniform(t, "blur", width, Interval{0.5, 1})
	share(t, "reductions", len(low), n, 0.5)
	uniform(t, "reduction", low, Interval{0.7, 1})
	uniform(t, "increase", high, Interval{1, 1.5})
	share(t, "coarse channels", len(zoom), n, 0.5)
	uniform(t, "zoom", zoom, Interval{0.5, 1})
}

func TestMirrorDraws(t *testing.T) {
	const n = 10000
	rng := random.Derive(3, "test")
	var count [3]int
	both := 0
	for range n {
		p := Mirror{[3]bool{false, true, true}}.Draw(rng)
		for axis, flipped := range p.Axes {
			count[axis] += boolInt(flipped)
		}
		both += boolInt(p.Axes[1] && p.Axes[2])
	}
	if count[0] != 0 {
		t.Error("an axis was flipped that may not be")
	}
	share(t, "axis 1", count[1], n, 0.5)
	share(t, "axis 2", count[2], n, 0.5)
	share(t, "both", both, n, 0.25)
}

func TestNoiseIsNormal(t *testing.T) {
	patch := &Patch{}
	patch.Reset([3]int{32, 32, 32}, 1)
	clear(patch.Data)
	Noise{Interval{0.05, 0.05}}.Apply(patch, random.Derive(4, "test"))
	m := mean(patch.Data)
	d := deviation(patch.Data, m)
	if math.Abs(m) > 5*0.05/181 || math.Abs(d-0.05) > 0.001 {
		t.Errorf("mean %g, deviation %g, want 0 and 0.05", m, d)
	}
}

func TestMorphologyDraws(t *testing.T) {
	const n = 20000
	rng := random.Derive(5, "test")
	var count [4]int
	var radius []float64
	for range n {
		if p, ok := (Morphology{PerLabel: 0.5, Radius: Interval{1, 8}}).Draw(1, rng); ok {
			count[p.Operator]++
			radius = append(radius, p.Radius)
		}
	}
	for operator, c := range count {
		share(t, "operator "+string(rune('0'+operator)), c, n, 0.125)
	}
	uniform(t, "radius", radius, Interval{1, 8})
}
