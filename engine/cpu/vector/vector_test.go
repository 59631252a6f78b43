package vector

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"golang.org/x/sys/cpu"
)

// operands are the arrays of one call.
type operands struct {
	x, y, z, v []float32
	par        []float32
	sums       []float64 // room for every loop's result
	args       Args
}

func newOperands(n int, seed uint64) *operands {
	rng := rand.New(rand.NewPCG(seed, 1))
	o := &operands{sums: make([]float64, 16)}
	for _, s := range []*[]float32{&o.x, &o.y, &o.z, &o.v} {
		*s = normal(rng, (3*n+1)*Lanes) // room for steps of three vectors
		for uintptr(unsafe.Pointer(&(*s)[0]))%64 != 0 {
			*s = (*s)[1:]
		}
		*s = (*s)[:3*n*Lanes]
	}
	o.par = normal(rng, 5*Lanes)
	at := func(s []float32) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }
	o.args = Args{X: at(o.x), Y: at(o.y), Z: at(o.z), V: at(o.v), Par: at(o.par),
		Sums: unsafe.Pointer(&o.sums[0]), N: n, Slope: 0.01, Factor: 0.3, StepX: 2 * 4 * Lanes, StepZ: 3 * 4 * Lanes}
	return o
}

func normal(rng *rand.Rand, n int) []float32 {
	r := make([]float32, n)
	for i := range r {
		r[i] = float32(rng.NormFloat64())
	}
	return r
}

// results gives everything a loop may have written as float64.
func (o *operands) results(double bool) []float64 {
	var r []float64
	for _, s := range [][]float32{o.z, o.v, unsafe.Slice((*float32)(unsafe.Pointer(&o.sums[0])), 32)} {
		for _, f := range s {
			r = append(r, float64(f))
		}
	}
	if double {
		return append(r[:len(o.z)+len(o.v)], o.sums...)
	}
	return r
}

func pairs(s *Set) map[string]Loop {
	return map[string]Loop{
		"AffineLeaky": s.AffineLeaky, "AffineLeakyPast": s.AffineLeakyPast, "NormSums": s.NormSums,
		"NormGrad": s.NormGrad, "NormGradPast": s.NormGradPast, "Moments": s.Moments, "Add": s.Add,
		"AddPast": s.AddPast, "LeakyGrad": s.LeakyGrad, "SumSquares": s.SumSquares, "MomentumStep": s.MomentumStep,
		"Scaled": s.Scaled, "AddScaled": s.AddScaled, "MaxAt": s.MaxAt, "PReLU": s.PReLU, "Gate": s.Gate, "MulAdd": s.MulAdd,
	}
}

// TestSetsAgree compares assembly with plain Go. The bound is some roundings of a sum of n terms.
func TestSetsAgree(t *testing.T) {
	portable := pairs(Portable())
	for level, set := range sets(t) {
		for name, loop := range pairs(set) {
			for _, n := range []int{0, 1, 3, 4, 5, 8, 1001} {
				t.Run(fmt.Sprint(level, "/", name, "/", n), func(t *testing.T) {
					got, want := newOperands(n, uint64(n)), newOperands(n, uint64(n))
					loop(&got.args)
					portable[name](&want.args)
					compare(t, got.results(name == "SumSquares"), want.results(name == "SumSquares"), n)
				})
			}
		}
	}
}

func compare(t *testing.T, got, want []float64, n int) {
	t.Helper()
	for i, w := range want {
		if d := math.Abs(got[i] - w); !(d <= 1e-6*(1+math.Sqrt(float64(n)))*(1+math.Abs(w))) {
			t.Fatalf("element %d: %v, plain Go has %v", i, got[i], w)
		}
	}
}

// TestLeakyAtZeroAndNaN pins what leaky does where the sign is not plain.
func TestLeakyAtZeroAndNaN(t *testing.T) {
	for name, set := range sets(t) {
		o := newOperands(1, 3)
		nan := float32(math.NaN())
		copy(o.x, []float32{0, float32(math.Copysign(0, -1)), nan, -2, 2})
		for i := range o.y {
			o.y[i] = 100
		}
		set.LeakyGrad(&o.args)
		for i, want := range []float32{1, 1, 100, 1, 100} {
			if o.z[i] != want {
				t.Errorf("%s: derivative at %v is %v, want %v", name, o.x[i], o.z[i], want)
			}
		}
	}
}

// TestMaxAtTiesAndNaN pins which of two values a maximum keeps where the order is not plain.
func TestMaxAtTiesAndNaN(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, set := range sets(t) {
		o := newOperands(1, 3)
		copy(o.z, []float32{1, nan, 0, nan, -inf, 2})
		copy(o.x, []float32{1, 5, nan, nan, -inf, 3})
		for l := range Lanes {
			o.v[l], o.par[l], o.par[Lanes+l] = 7, 9, 1
		}
		set.MaxAt(&o.args)
		for l, want := range []float32{7, 7, 9, 7, 7, 9} {
			if o.v[l] != want {
				t.Errorf("%s: lane %d is at %v, want %v", name, l, o.v[l], want)
			}
		}
	}
}

func sets(t testing.TB) map[string]*Set {
	r := map[string]*Set{"portable": Portable()}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA && AVX2() != nil {
		r["avx2"] = AVX2()
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && AVX512() != nil {
		r["avx512"] = AVX512()
	}
	return r
}

func fastSet(t testing.TB) *Set {
	s := sets(t)["avx512"]
	if s == nil {
		t.Skip("this processor has no AVX-512")
	}
	return s
}

func BenchmarkLoops(b *testing.B) {
	for set, s := range sets(b) {
		for name, loop := range pairs(s) {
			b.Run(name+"/"+set, func(b *testing.B) {
				o := newOperands(4096, 1)
				b.SetBytes(4096 * 64)
				for b.Loop() {
					loop(&o.args)
				}
			})
		}
	}
}
