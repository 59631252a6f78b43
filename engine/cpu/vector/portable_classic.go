package vector

import "unsafe"

// stepped returns vector i of an array whose vectors are step bytes apart.
func stepped(p unsafe.Pointer, i, step int) *lane { return (*lane)(unsafe.Add(p, i*step)) }

func scaled(a *Args) {
	for i := range a.N {
		x, z := stepped(a.X, i, a.StepX), stepped(a.Z, i, a.StepZ)
		for l := range Lanes {
			z[l] = a.Factor * x[l]
		}
	}
}

func addScaled(a *Args) {
	for i := range a.N {
		x, z := stepped(a.X, i, a.StepX), stepped(a.Z, i, a.StepZ)
		for l := range Lanes {
			z[l] += a.Factor * x[l]
		}
	}
}

func maxAt(a *Args) {
	par, z, v := vectors(a.Par, 2), vectors(a.Z, a.N), vectors(a.V, a.N)
	position := par[0]
	for i := range z {
		x := stepped(a.X, i, a.StepX)
		for l := range Lanes {
			if best := z[i][l]; best == best && !(x[l] <= best) {
				z[i][l], v[i][l] = x[l], position[l]
			}
			position[l] += par[1][l]
		}
	}
}

func prelu(a *Args) {
	slope, x, y, z := vectors(a.Par, 1), vectors(a.X, a.N), vectors(a.Y, a.N), vectors(a.Z, a.N)
	for i := range x {
		for l := range Lanes {
			z[i][l] = leaky(x[i][l], y[i][l], slope[0][l])
		}
	}
}

func gate(a *Args) {
	x, y, z := vectors(a.X, a.N), vectors(a.Y, a.N), vectors(a.Z, a.N)
	for i := range x {
		factor := y[i][0]
		for l := range Lanes {
			z[i][l] = x[i][l] * factor
		}
	}
}

func mulAdd(a *Args) {
	x, y, z := vectors(a.X, a.N), vectors(a.Y, a.N), vectors(a.Z, a.N)
	for i := range x {
		for l := range Lanes {
			z[i][l] += x[i][l] * y[i][l]
		}
	}
}
