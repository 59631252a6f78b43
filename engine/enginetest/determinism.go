package enginetest

import (
	"fmt"
	"testing"

	"github.com/autoseg/autoseg/engine"
)

// sameBits checks that a case gives the same bits with 1, 2 and 5 workers and when it runs again in
// memory that has been used.
func sameBits(t testing.TB, c Case, executors map[int]engine.Executor) {
	t.Helper()
	var want [][]float64
	for _, workers := range []int{1, 2, 5} {
		p := compile(t, c, executors[workers], engine.Float32, true)
		for run := range 2 {
			got := p.run(t, engine.Moment{Rate: 0.1, Step: 1})
			if want == nil {
				want = got
			}
			for i, name := range p.names {
				equal(t, fmt.Sprintf("%s: %s, %d workers, run %d", c.Name, name, workers, run+1), got[i], want[i])
			}
		}
		closeProgram(t, p)
	}
}
