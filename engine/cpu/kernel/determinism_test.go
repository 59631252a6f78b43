package kernel

import "testing"

func TestResultsDoNotDependOnTheNumberOfWorkers(t *testing.T) {
	shapes := []Shape{
		conv(2, 32, 64, [3]int{9, 10, 18}, k333, 1, 1),
		conv(2, 33, 48, [3]int{5, 10, 18}, k333, 2, 1),
		conv(2, 24, 16, [3]int{4, 6, 8}, [3]int{2, 2, 2}, 2, 0),
		conv(1, 32, 3, [3]int{1, 40, 60}, k111, 1, 0),
		conv(3, 64, 64, [3]int{1, 20, 24}, k133, 1, 1),
		conv(3, 320, 33, [3]int{2, 2, 3}, k333, 1, 1),
	}
	for i, s := range shapes {
		t.Run(s.name(), func(t *testing.T) {
			f := newFixture(s, uint64(i))
			for _, l := range levels() {
				y, moments := f.forward(t, l, 1)
				dx, dw := f.gradInput(t, l, 1), f.gradWeight(l, 1)
				for _, workers := range []int{2, 3, 5} {
					gotY, gotMoments := f.forward(t, l, workers)
					equal(t, "y", gotY, y)
					equal(t, "moments", gotMoments, moments)
					equal(t, "dx", f.gradInput(t, l, workers), dx)
					equal(t, "dw", f.gradWeight(l, workers), dw)
				}
			}
		})
	}
}

func TestPlanarResultsDoNotDependOnTheNumberOfWorkers(t *testing.T) {
	f := newFixture(conv(2, 3, 48, [3]int{9, 10, 18}, k333, 1, 1), 1)
	for _, l := range levels() {
		y, moments := f.planarForward(t, l, 1)
		dw := f.planarGrad(t, l, 1)
		for _, workers := range []int{2, 3, 5} {
			gotY, gotMoments := f.planarForward(t, l, workers)
			equal(t, "y", gotY, y)
			equal(t, "moments", gotMoments, moments)
			equal(t, "dw", f.planarGrad(t, l, workers), dw)
		}
	}
}

// TestLevelsAgree holds AVX2 and AVX-512 to the same bits of results: each is one chain of fused
// multiply-adds in the same order, and the transforms are the same sums.
func TestLevelsAgree(t *testing.T) {
	if Detect() < AVX512 {
		t.Skip("needs AVX-512")
	}
	for _, stride := range []int{1, 2} { // by Winograd's method and directly
		f := newFixture(conv(2, 33, 48, [3]int{5, 10, 18}, k333, stride, 1), 3)
		y, moments := f.forward(t, AVX512, 2)
		gotY, gotMoments := f.forward(t, AVX2, 2)
		equal(t, "y", gotY, y)
		equal(t, "moments", gotMoments, moments)
		equal(t, "dx", f.gradInput(t, AVX2, 2), f.gradInput(t, AVX512, 2))
		equal(t, "dw", f.gradWeight(AVX2, 2), f.gradWeight(AVX512, 2))
	}
}
