package op

import "github.com/autoseg/autoseg/engine"

// Link says that output position Out of an axis reads input position In, times Weight.
type Link struct {
	Out, In int
	Weight  float64
}

// Axis is a linear map along one axis. Away from the border its links repeat: another one with the same
// weight stands OutStep positions on in the output and InStep in the input.
type Axis struct {
	Links           []Link
	OutStep, InStep int
}

// Separable returns the maps per (z, y, x) of an operator that maps every channel linearly and every axis
// by itself: averages, interpolations, boxes and the gradients of all these. It is how an executor gets by
// with one kernel for them. ok is false for every other kind.
func Separable(ins *engine.Instruction) (axes [3]Axis, ok bool) {
	in, out := ins.Operands[0].Shape.Spatial(), ins.Results[0].Shape.Spatial()
	switch a := ins.Attributes.(type) {
	case UpsampleAttributes:
		if ins.Kind == UpsampleLinearGradKind {
			return turned(a.interpolation(out).axes(a.Factor)), true
		}
		return a.interpolation(in).axes(a.Factor), ins.Kind == UpsampleLinearKind
	case engine.ConvAttributes:
		switch ins.Kind {
		case UpsampleTentKind:
			return tents(a, in).axes(a.Stride), true
		case UpsampleTentGradKind:
			return turned(tents(a, out).axes(a.Stride)), true
		case AveragePool:
			return averages(a.Kernel, a.Stride, in, out), true
		case AveragePoolGrad:
			return turned(averages(a.Kernel, a.Stride, out, in)), true
		}
	case PoolAttributes:
		return averages(a.Window, a.Window, in, out), ins.Kind == AveragePoolCut
	case AveragePoolCutAttributes:
		return turned(averages(a.Window, a.Window, out, in)), true
	case BoxAttributes:
		if ins.Kind == PadKind {
			return turned(box(a.First, in)), true
		}
		return box(a.First, out), true
	}
	return axes, false
}

// axes lists the taps that count; step is the factor of the interpolation.
func (m interpolation) axes(step [3]int) [3]Axis {
	var r [3]Axis
	for i, taps := range m {
		r[i].OutStep, r[i].InStep = step[i], 1
		for o, t := range taps {
			for side, w := range t.weight {
				if w != 0 {
					r[i].Links = append(r[i].Links, Link{o, t.at[side], w})
				}
			}
		}
	}
	return r
}

// averages are means over windows, of what of them lies inside.
func averages(window, stride, in, out [3]int) [3]Axis {
	var r [3]Axis
	for i := range r {
		r[i].OutStep, r[i].InStep = 1, stride[i]
		for o := range out[i] {
			first := o * stride[i]
			n := min(window[i], in[i]-first)
			for k := range n {
				r[i].Links = append(r[i].Links, Link{o, first + k, 1 / float64(n)})
			}
		}
	}
	return r
}

// box cuts an extent out, beginning at first.
func box(first, extent [3]int) [3]Axis {
	var r [3]Axis
	for i := range r {
		r[i].OutStep, r[i].InStep = 1, 1
		for o := range extent[i] {
			r[i].Links = append(r[i].Links, Link{o, first[i] + o, 1})
		}
	}
	return r
}

// turned returns the adjoint maps.
func turned(axes [3]Axis) [3]Axis {
	for i, a := range axes {
		t := Axis{Links: make([]Link, len(a.Links)), OutStep: a.InStep, InStep: a.OutStep}
		for k, l := range a.Links {
			t.Links[k] = Link{l.In, l.Out, l.Weight}
		}
		axes[i] = t
	}
	return axes
}
