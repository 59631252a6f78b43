package vector

// Peak is a loop that only computes: what the arithmetic units do at best.
type Peak struct {
	// Loop runs a.N times; a.N must not be 0.
	Loop Loop
	// Flops counts the operations of one run, two for a multiplication and an addition.
	Flops int
}

// peakOperations is the number of vector operations of one run.
const peakOperations = 24

// PortablePeak is the peak of plain Go, one number at a time.
func PortablePeak() Peak { return Peak{portablePeak, 2 * peakOperations} }

func portablePeak(a *Args) {
	var s [8]float32
	x := a.Slope
	for range a.N {
		for range peakOperations / len(s) {
			for i := range s {
				s[i] = s[i]*x + x
			}
		}
	}
	a.Slope = s[0] * 0 // a result, so that the loop is not dropped
}
