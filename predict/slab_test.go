package predict

import (
	"testing"
)

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
