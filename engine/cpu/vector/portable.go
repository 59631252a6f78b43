package vector

import "unsafe"

// lane is one vector.
type lane = [Lanes]float32

// vectors views memory as n vectors.
func vectors(p unsafe.Pointer, n int) []lane { return unsafe.Slice((*lane)(p), n) }

// leaky is g behind a leaky ReLU at v.
func leaky(v, g, slope float32) float32 {
	if v <= 0 {
		return g * slope
	}
	return g
}

func affineLeaky(a *Args) {
	par, x, z := vectors(a.Par, 3), vectors(a.X, a.N), vectors(a.Z, a.N)
	for i := range x {
		for l := range Lanes {
			v := (x[i][l]-par[0][l])*par[1][l] + par[2][l]
			z[i][l] = leaky(v, v, a.Slope)
		}
	}
}

func normSums(a *Args) {
	par, x, y := vectors(a.Par, 3), vectors(a.X, a.N), vectors(a.Y, a.N)
	var s, t lane
	for i := range x {
		for l := range Lanes {
			d := x[i][l] - par[0][l]
			g := leaky(d*par[1][l]+par[2][l], y[i][l], a.Slope)
			s[l] += g
			t[l] += g * d
		}
	}
	copy(vectors(a.Sums, 2), []lane{s, t})
}

func normGrad(a *Args) {
	par, x, y, z := vectors(a.Par, 5), vectors(a.X, a.N), vectors(a.Y, a.N), vectors(a.Z, a.N)
	for i := range x {
		for l := range Lanes {
			d := x[i][l] - par[0][l]
			g := leaky(d*par[1][l]+par[2][l], y[i][l], a.Slope)
			z[i][l] = par[1][l] * (g - par[4][l] - par[3][l]*d)
		}
	}
}

func moments(a *Args) {
	shift, x := vectors(a.Par, 1), vectors(a.X, a.N)
	var s, t lane
	for i := range x {
		for l := range Lanes {
			v := x[i][l] - shift[0][l]
			s[l] += v
			t[l] += v * v
		}
	}
	copy(vectors(a.Sums, 2), []lane{s, t})
}

func add(a *Args) {
	x, y, z := vectors(a.X, a.N), vectors(a.Y, a.N), vectors(a.Z, a.N)
	for i := range x {
		for l := range Lanes {
			z[i][l] = x[i][l] + y[i][l]
		}
	}
}

func leakyGrad(a *Args) {
	x, y, z := vectors(a.X, a.N), vectors(a.Y, a.N), vectors(a.Z, a.N)
	for i := range x {
		for l := range Lanes {
			z[i][l] = leaky(x[i][l], y[i][l], a.Slope)
		}
	}
}

func sumSquares(a *Args) {
	var s [8]float64
	for _, v := range vectors(a.X, a.N) {
		for l, f := range v {
			s[l%8] += float64(f) * float64(f)
		}
	}
	*(*[8]float64)(a.Sums) = s
}

func momentumStep(a *Args) {
	par, y, v, z := vectors(a.Par, 5), vectors(a.Y, a.N), vectors(a.V, a.N), vectors(a.Z, a.N)
	for i := range y {
		for l := range Lanes {
			g := par[0][l]*y[i][l] + par[1][l]*z[i][l]
			m := par[2][l]*v[i][l] + g
			v[i][l] = m
			z[i][l] -= par[3][l]*g + par[4][l]*m
		}
	}
}
