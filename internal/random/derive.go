package random

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Derive returns the stream of random numbers that belongs to a seed, a purpose and indices (epoch,
// sample, ...). Equal arguments give equal streams on every machine, different ones independent
// streams, so work may be drawn in any order and by any number of workers.
func Derive(seed uint64, purpose string, indices ...int) *rand.Rand {
	h := sha256.New()
	word := binary.LittleEndian.AppendUint64(nil, seed)
	h.Write(word)
	h.Write([]byte(purpose))
	for _, i := range indices {
		h.Write(binary.LittleEndian.AppendUint64(word[:0], uint64(i)))
	}
	sum := h.Sum(nil)
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum), binary.LittleEndian.Uint64(sum[8:])))
}
