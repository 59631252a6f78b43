package cpu

import (
	"unsafe"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/vector"
)

// bindSquaredNorm sums the squares of all elements of all operands. Padding is zero in every layout, so
// arrays are taken as they lie in memory. The sum is in float64, as it runs over a whole network.
func (e *executor) bindSquaredNorm(b *binding) (engine.Step, error) {
	var pieces [][]float32
	for _, t := range b.operands {
		f := flat{e.Elements(t.Shape, t.Layout)}
		for i := range f.tasks() {
			from, to := f.piece(i)
			pieces = append(pieces, floats(t)[from:to])
		}
	}
	dst := floats(b.results[0])
	sums := make([][8]float64, len(pieces))
	task := func(w, i int) {
		piece := pieces[i]
		whole := len(piece) / lanes
		e.workers[w].run(e.loops.SumSquares, vector.Args{X: pointer(piece, 0), Sums: unsafe.Pointer(&sums[i]), N: whole})
		for _, v := range piece[whole*lanes:] {
			sums[i][0] += float64(v) * float64(v)
		}
	}
	return &reduction{loop{e.pool, len(pieces), task}, func() {
		total := 0.0
		for i := range sums {
			for _, v := range sums[i] {
				total += v
			}
		}
		dst[0] = float32(total)
	}}, nil
}
