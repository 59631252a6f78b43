package vector

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// lossCase is a call of a loss loop with all its arrays.
type lossCase struct {
	logits, labels, out, coefficients []float32
	sums                              [3 * Lanes]float32
	args                              LossArgs
}

func newLossCase(classes, n int, ignore float32, spread float64) *lossCase {
	rng := rand.New(rand.NewPCG(uint64(classes), uint64(n)))
	c := &lossCase{logits: normal(rng, classes*n*Lanes), out: make([]float32, classes*n*Lanes), labels: make([]float32, n*Lanes)}
	for i := range c.logits {
		c.logits[i] *= float32(spread)
	}
	for i := range c.labels {
		c.labels[i] = float32(rng.IntN(classes + 1)) // one more than there are classes
	}
	c.labels[0], c.labels[1] = 0.5, -1
	c.coefficients = normal(rng, 3*classes*Lanes)
	at := func(s []float32) unsafe.Pointer { return unsafe.Pointer(&s[0]) }
	c.args = LossArgs{Logits: at(c.logits), Labels: at(c.labels), Out: at(c.out), Coefficients: at(c.coefficients),
		Sums: unsafe.Pointer(&c.sums), Stride: n * 64, OutStride: n * 64, OutStep: 64, Classes: classes, N: n, Ignore: ignore, Factor: 0.3}
	return c
}

func lossLoops(s *Set) map[string]LossLoop {
	return map[string]LossLoop{"SoftmaxLoss": s.SoftmaxLoss, "SoftmaxLossGrad": s.SoftmaxLossGrad, "DiceSums": s.DiceSums, "DiceGrad": s.DiceGrad}
}

// TestLossLoopsAgree compares assembly with plain Go, which computes in float64. Single exponentials
// err by 2e-7 of their size; sums are those of 50 vectors.
func TestLossLoopsAgree(t *testing.T) {
	fast, portable := lossLoops(fastSet(t)), lossLoops(Portable())
	for name := range fast {
		for _, classes := range []int{1, 2, 3, 17} {
			for _, spread := range []float64{0.01, 3, 60} {
				for _, ignore := range []float32{float32(math.NaN()), 1, float32(classes)} {
					t.Run(fmt.Sprint(name, "/", classes, " classes, logits ", spread, ", ignore ", ignore), func(t *testing.T) {
						got, want := newLossCase(classes, 50, ignore, spread), newLossCase(classes, 50, ignore, spread)
						fast[name](&got.args)
						portable[name](&want.args)
						if name != "DiceSums" { // there Out is scratch
							near(t, "out", got.out, want.out)
						}
						near(t, "sums", got.sums[:], want.sums[:])
						near(t, "coefficients", got.coefficients, want.coefficients)
					})
				}
			}
		}
	}
}

func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - float64(w)); !(d <= 5e-6*(1+math.Abs(float64(w)))) {
			t.Fatalf("%s[%d] is %v, plain Go has %v", what, i, got[i], w)
		}
	}
}

// TestExpError measures the exponential of the assembly: with two classes of logits 0 and -x, softmax is
// 1/(1+exp(-x)) and the odds give exp(-x) back.
func TestExpError(t *testing.T) {
	loops, worst := fastSet(t), 0.0
	c := newLossCase(2, 1, float32(math.NaN()), 1)
	clear(c.labels)
	for x := 0.0; x < 87; x += 0.037 {
		for l := range Lanes {
			c.logits[l], c.logits[Lanes+l] = 0, -float32(x+float64(l)*0.002)
		}
		c.args.Factor = 1
		loops.SoftmaxLossGrad(&c.args) // out: p0 - 1, p1
		for l := range Lanes {
			e := math.Exp(float64(c.logits[Lanes+l]))
			worst = max(worst, math.Abs(float64(c.out[Lanes+l])-e/(1+e))/(e/(1+e)))
		}
	}
	t.Logf("largest relative error of a probability %.2g", worst)
	if worst > 4e-7 {
		t.Errorf("relative error %.2g, want at most 4e-7: exponential, sum and quotient", worst)
	}
}

// TestLossPassesNaN makes sure that a broken logit is seen in the loss.
func TestLossPassesNaN(t *testing.T) {
	for name, set := range sets(t) {
		for class := range 3 {
			c := newLossCase(3, 1, float32(math.NaN()), 1)
			clear(c.labels)
			c.logits[class*Lanes+5] = float32(math.NaN())
			set.SoftmaxLoss(&c.args)
			if v := c.sums[5]; v == v {
				t.Errorf("%s: NaN logit of class %d gives loss %v", name, class, v)
			}
		}
	}
}

func BenchmarkLoss(b *testing.B) {
	for set, s := range sets(b) {
		for name, loop := range lossLoops(s) {
			b.Run(name+"/"+set, func(b *testing.B) {
				c := newLossCase(3, 256, float32(math.NaN()), 3)
				b.SetBytes(256 * 64 * 3)
				for b.Loop() {
					loop(&c.args)
				}
			})
		}
	}
}
