package volume

import "math"

// envelope is the lower envelope of parabolas (x-at)² + height along a line.
type envelope struct {
	parabolas []parabola // those that are lowest somewhere, ascending
	current   int
	end       float64 // where the current parabola stops being lowest
}

type parabola struct {
	at, height float64
	site       int // the voxel that it stands for
}

// reset empties the envelope.
func (e *envelope) reset() {
	e.parabolas, e.current = e.parabolas[:0], -1
	e.end = math.Inf(-1)
}

// add puts in the parabola of a site to the right of all others and takes out those that it hides.
func (e *envelope) add(p parabola) {
	n := len(e.parabolas)
	for n >= 2 && hidden(&e.parabolas[n-2], &e.parabolas[n-1], &p) {
		n--
	}
	e.parabolas = append(e.parabolas[:n], p)
}

// hidden reports whether the middle one of three parabolas is nowhere lowest (Maurer et al. 2003,
// equation 1). Only differences of positions go in, so nothing cancels far from the origin.
func hidden(u, v, w *parabola) bool {
	a, b := v.at-u.at, w.at-v.at
	c := a + b
	return c*v.height-b*u.height-a*w.height > a*b*c
}

// lowest returns the parabola that is lowest at x. Calls must have ascending x.
func (e *envelope) lowest(x float64) *parabola {
	for x >= e.end {
		e.next()
	}
	return &e.parabolas[e.current]
}

// next goes on to the next parabola and finds where it meets the one behind it.
func (e *envelope) next() {
	e.current++
	if e.current == len(e.parabolas)-1 {
		e.end = math.Inf(1)
		return
	}
	p, q := &e.parabolas[e.current], &e.parabolas[e.current+1]
	e.end = (p.at+q.at)/2 + (q.height-p.height)/(2*(q.at-p.at))
}

func square(x float64) float64 { return x * x }
