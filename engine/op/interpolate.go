package op

import "github.com/autoseg/autoseg/engine"

// tap is what one output position of an interpolation along an axis reads: two input positions with
// their weights. A position outside the input has weight 0.
type tap struct {
	at     [2]int
	weight [2]float64
}

// interpolation is a linear map of activations that acts on every axis by itself.
type interpolation [3][]tap

// apply3 maps every channel of src, axis by axis with the slowest first, so that the longest pass comes
// last.
func apply3[T engine.Float](m interpolation, dst, src engine.Array) {
	planes, extent := src.Shape[0]*src.Shape[1], src.Shape.Spatial()
	from := engine.Elements[T](src)
	for axis := range 3 {
		outer, inner := planes*product(extent[:axis]), product(extent[axis+1:])
		to := engine.Elements[T](dst)
		if axis < 2 {
			to = make([]T, outer*len(m[axis])*inner)
		}
		along(to, from, m[axis], extent[axis], inner)
		extent[axis], from = len(m[axis]), to
	}
}

// along interpolates one axis of n positions, each of which is inner elements long.
func along[T engine.Float](dst, src []T, taps []tap, n, inner int) {
	for o := range len(dst) / (len(taps) * inner) {
		in, out := src[o*n*inner:][:n*inner], dst[o*len(taps)*inner:][:len(taps)*inner]
		if inner == 1 { // a row: no slices of single elements
			for i := range taps {
				t := &taps[i]
				out[i] = T(t.weight[0]*float64(in[t.at[0]]) + t.weight[1]*float64(in[t.at[1]]))
			}
			continue
		}
		for i, t := range taps {
			a, b := in[t.at[0]*inner:][:inner], in[t.at[1]*inner:][:inner]
			to := out[i*inner:][:inner]
			for k := range to {
				to[k] = T(t.weight[0]*float64(a[k]) + t.weight[1]*float64(b[k]))
			}
		}
	}
}

// adjoint3 maps a gradient back, the fastest axis first.
func adjoint3[T engine.Float](m interpolation, dst, src engine.Array) {
	planes, extent, wide := src.Shape[0]*src.Shape[1], src.Shape.Spatial(), dst.Shape.Spatial()
	from := engine.Elements[T](src)
	for axis := 2; axis >= 0; axis-- {
		outer, inner := planes*product(extent[:axis]), product(extent[axis+1:])
		to := engine.Elements[T](dst)
		if axis > 0 {
			to = make([]T, outer*wide[axis]*inner)
		}
		clear(to)
		back(to, from, m[axis], wide[axis], inner)
		extent[axis], from = wide[axis], to
	}
}

// back adds to every input position what the outputs that read it hand back.
func back[T engine.Float](dst, src []T, taps []tap, n, inner int) {
	for o := range len(src) / (len(taps) * inner) {
		in, out := dst[o*n*inner:][:n*inner], src[o*len(taps)*inner:][:len(taps)*inner]
		if inner == 1 {
			for i, v := range out {
				t := &taps[i]
				in[t.at[0]] += T(t.weight[0] * float64(v))
				in[t.at[1]] += T(t.weight[1] * float64(v))
			}
			continue
		}
		for i, t := range taps {
			from := out[i*inner:][:inner]
			for side, w := range t.weight {
				to := in[t.at[side]*inner:][:inner]
				for k, v := range from {
					to[k] += T(w * float64(v))
				}
			}
		}
	}
}

func product(v []int) int { return engine.Shape(v).Size() }

func interpolationKernels(m func(wide [3]int) interpolation) (f32, f64 kernel) {
	return func(dst engine.Array, src []engine.Array) {
			apply3[float32](m(src[0].Shape.Spatial()), dst, src[0])
		}, func(dst engine.Array, src []engine.Array) {
			apply3[float64](m(src[0].Shape.Spatial()), dst, src[0])
		}
}

func adjointKernels(m func(wide [3]int) interpolation) (f32, f64 kernel) {
	return func(dst engine.Array, src []engine.Array) {
			adjoint3[float32](m(dst.Shape.Spatial()), dst, src[0])
		}, func(dst engine.Array, src []engine.Array) {
			adjoint3[float64](m(dst.Shape.Spatial()), dst, src[0])
		}
}
