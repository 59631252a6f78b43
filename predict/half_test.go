package predict

import (
	"math"
	"testing"

	"github.com/autoseg/autoseg/internal/npy"
	"github.com/autoseg/autoseg/volume"
)

func TestHalvesSurviveTheWayBack(t *testing.T) {
	for h := range 1 << 16 {
		v := fromHalf(uint16(h))
		if want := float32(npy.Half(uint16(h))); v != want && !math.IsNaN(float64(want)) {
			t.Fatalf("%#04x is %g, want %g", h, v, want)
		}
		if got := toHalf(v); got != uint16(h) && !math.IsNaN(float64(v)) {
			t.Fatalf("%#04x became %#04x", h, got)
		}
	}
}

func TestToHalfRoundsToEven(t *testing.T) {
	for bits := uint64(0); bits < 1<<32; bits += 4099 {
		v := math.Float32frombits(uint32(bits))
		got, want := fromHalf(toHalf(v)), float32(volume.RoundHalf(float64(v)))
		if math.Abs(float64(v)) >= 65520 {
			want = float32(math.Copysign(math.Inf(1), float64(v)))
		}
		if got != want && !(math.IsNaN(float64(got)) && math.IsNaN(float64(v))) {
			t.Fatalf("%g became %g, want %g", v, got, want)
		}
		if h := half(v); math.Abs(float64(v)) < 65520 && h != got {
			t.Fatalf("half(%g) is %g, but stored it is %g", v, h, got)
		}
	}
}

func BenchmarkAccumulate(b *testing.B) {
	s := newSlab([3]int{96, 96, 96}, 96, 8, 1)
	tile := make([]float32, 8*96*96*96)
	for i := range tile {
		tile[i] = float32(i%100) - 50
	}
	gauss := GaussianWeights([3]int{96, 96, 96})
	b.SetBytes(int64(4 * len(tile)))
	for b.Loop() {
		s.add(0, tile, [3]int{}, [3]int{96, 96, 96}, gauss, 1)
	}
}
