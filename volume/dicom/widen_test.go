package dicom

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestShiftWords holds the fast loops against widen's general one, for every place that bits can be stored at.
func TestShiftWords(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	raw := make([]byte, 2*1001)
	for i := range raw {
		raw[i] = byte(rng.Uint32())
	}
	swapped := slices.Clone(raw)
	for i := 0; i < len(raw); i += 2 {
		swapped[i], swapped[i+1] = raw[i+1], raw[i]
	}
	for stored := 1; stored <= 16; stored++ {
		for high := stored - 1; high < 16; high++ {
			for _, signed := range []bool{false, true} {
				for _, r := range []rescale{{1, 0}, {1, -1024}, {1, 0.5}, {2, -1}, {1, 1e9}} {
					f := pixelFormat{rows: 1, columns: 1001, samples: 1, allocated: 16, stored: stored, high: high, signed: signed}
					got, want := make([]float32, 1001), make([]float32, 1001)
					f.widen(got, raw, binary.LittleEndian, 0, r)
					f.widen(want, swapped, binary.BigEndian, 0, r)
					if !slices.Equal(got, want) {
						t.Fatalf("%+v, %+v: %v, want %v", f, r, got[:4], want[:4])
					}
				}
			}
		}
	}
}

func BenchmarkWiden(b *testing.B) {
	raw, dst := make([]byte, 2<<18), make([]float32, 1<<18)
	f := pixelFormat{rows: 512, columns: 512, samples: 1, allocated: 16, stored: 16, high: 15, signed: true}
	for name, r := range map[string]rescale{"CT": {1, -1024}, "PET": {0.37, 0}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				f.widen(dst, raw, binary.LittleEndian, 0, r)
			}
		})
	}
}
