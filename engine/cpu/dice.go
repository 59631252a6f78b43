package cpu

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/vector"
	"github.com/autoseg/autoseg/engine/op"
)

// diceScratch holds three vectors of sums for every task and class.
func diceScratch(_ *executor, ins *engine.Instruction) int {
	s := ins.Operands[0].Shape
	l := logits{samples: s[0], voxels: pixels(s)}
	return l.tasks() * s[1] * 3 * lanes
}

// bindDiceSums binds the sums of the soft Dice: logits, target -> (n, class, 3), background left out.
func (e *executor) bindDiceSums(b *binding) (engine.Step, error) {
	o := b.Attributes.(op.DiceOptions)
	if o.Regions {
		return e.bindRegionSums(b)
	}
	l := e.logits(b, o.Ignore)
	dst, sums := floats(b.results[0])[:b.results[0].Shape.Size()], floats(b.scratch)
	rows, size := b.results[0].Shape[0], l.classes*3*lanes
	wrong := make([]float64, l.tasks())
	p := &pass{
		loop: e.loops.DiceSums,
		set:  func(a *vector.LossArgs, i int) { a.Coefficients = pointer(sums, i*size) },
		after: func(i int, count *[3 * lanes]float32, padding int) {
			wrong[i] += total(count[:]) - float64(padding)
		},
	}
	task := func(w, i int) {
		clear(sums[i*size:][:size])
		wrong[i] = 0
		l.run(p, w, i)
	}
	return &reduction{loop{e.pool, l.tasks(), task}, func() {
		for _, n := range wrong {
			if n > 0 {
				l.wrong()
			}
		}
		perRow := l.tasks() / rows // samples of a row follow each other
		for k := range dst {
			row, at := k/(len(dst)/rows), k%(len(dst)/rows)
			sum := 0.0
			for i := row * perRow; i < (row+1)*perRow; i++ {
				sum += total(sums[i*size+(3+at)*lanes:])
			}
			dst[k] = float32(sum)
		}
	}}, nil
}

// diceGrad is the gradient of the soft Dice: logits, target, sums, dy.
type diceGrad struct {
	*logits
	options       op.DiceOptions
	sums, dy, dst []float32
	rows          int
	slopes        []float32 // a and b per row and class
	task          func(worker, i int)
}

func (e *executor) bindDiceGrad(b *binding) (engine.Step, error) {
	o := b.Attributes.(op.DiceOptions)
	if o.Regions {
		return e.bindRegionGrad(b)
	}
	g := &diceGrad{logits: e.logits(b, o.Ignore), options: o, sums: floats(b.operands[2]), dy: floats(b.operands[3]),
		dst: floats(b.results[0]), rows: b.operands[2].Shape[0]}
	g.slopes = make([]float32, g.rows*g.classes*2)
	p := &pass{loop: e.loops.DiceGrad, out: g.dst, set: func(a *vector.LossArgs, i int) {
		row := min(i/g.runs(), g.rows-1)
		a.Coefficients = pointer(g.slopes, row*g.classes*2)
	}}
	g.task = func(w, i int) { g.run(p, w, i) }
	return g, nil
}

// Run computes the slopes, then the loop.
func (g *diceGrad) Run(engine.Moment) {
	foreground := g.classes - 1
	factor := -float64(g.dy[0]) / float64(max(1, g.rows*foreground))
	for row := range g.rows {
		for c := range foreground {
			k := diceSlopes(g.sums[3*(row*foreground+c):], g.options.Epsilon, factor)
			at := 2 * (row*g.classes + c + 1) // the background keeps 0
			g.slopes[at], g.slopes[at+1] = float32(k[0]), float32(k[1])
		}
	}
	g.e.pool.For(g.tasks(), g.task)
}

// diceSlopes returns a and b such that factor times the derivative of a class's fraction by the
// probability of a voxel is a*y + b. With the fraction (2 I + eps)/D, D = max(P + G + eps, 1e-8), a is
// 2/D, and b is minus the fraction over D, or 0 where D was raised.
func diceSlopes(sums []float32, epsilon, factor float64) [2]float64 {
	below := float64(sums[1]) + float64(sums[2]) + epsilon
	if below < 1e-8 {
		return [2]float64{factor * 2 / 1e-8, 0}
	}
	return [2]float64{factor * 2 / below, -factor * (2*float64(sums[0]) + epsilon) / (below * below)}
}
