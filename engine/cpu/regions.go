package cpu

import (
	"math"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// regions are the operands of a loss on sigmoids: planar logits, and a target with a channel per region
// and perhaps a last one that is 1 where a voxel does not count. A task handles a run of voxels of one
// channel.
type regions struct {
	e                         *executor
	logits, target            []float32
	samples, channels, voxels int
	masked                    bool
}

func (e *executor) regions(b *binding) *regions {
	s := b.operands[0].Shape
	return &regions{e: e, logits: floats(b.operands[0]), target: floats(b.operands[1]), samples: s[0], channels: s[1],
		voxels: pixels(s), masked: b.operands[1].Shape[1] > s[1]}
}

func (r *regions) runs() int { return (r.voxels + chunk - 1) / chunk }

func (r *regions) tasks() int { return r.samples * r.channels * r.runs() }

// plane returns the place of a target's channel.
func (r *regions) plane(sample, channel int) int {
	channels := r.channels
	if r.masked {
		channels++
	}
	return (sample*channels + channel) * r.voxels
}

// voxel is what a loss on sigmoids sees: the logit, the target, and how much the voxel counts.
type voxel struct{ z, y, weight float64 }

// each calls f for every voxel of a task with its place among the logits.
func (r *regions) each(task int, f func(at int, v voxel)) {
	from := task % r.runs() * chunk
	to := min(from+chunk, r.voxels)
	plane := task / r.runs()
	sample, channel := plane/r.channels, plane%r.channels
	target := r.target[r.plane(sample, channel):][:r.voxels]
	var mask []float32
	if r.masked {
		mask = r.target[r.plane(sample, r.channels):][:r.voxels]
	}
	for i := from; i < to; i++ {
		v := voxel{float64(r.logits[plane*r.voxels+i]), float64(target[i]), 1}
		if mask != nil {
			v.weight = 1 - float64(mask[i])
		}
		f(plane*r.voxels+i, v)
	}
}

// divisor is what the sum of cross-entropies is divided by: all elements, or the voxels that count
// (op.SigmoidCrossEntropy says why not times the regions).
func (r *regions) divisor() float64 {
	if !r.masked {
		return float64(r.samples * r.channels * r.voxels)
	}
	valid := 0.0
	for n := range r.samples {
		for _, ignored := range r.target[r.plane(n, r.channels):][:r.voxels] {
			valid += 1 - float64(ignored)
		}
	}
	return max(valid, 1e-8)
}

// sigmoid is 1/(1+exp(-z)) without overflow on either side.
func sigmoid(z float64) float64 {
	e := math.Exp(-math.Abs(z))
	if z >= 0 {
		return 1 / (1 + e)
	}
	return e / (1 + e)
}

// bindSigmoidLoss binds the cross-entropy of sigmoids: logits, target.
func (e *executor) bindSigmoidLoss(b *binding) (engine.Step, error) {
	r := e.regions(b)
	dst, parts := floats(b.results[0]), make([]float64, r.tasks())
	task := func(_, i int) {
		sum := 0.0
		r.each(i, func(_ int, v voxel) {
			sum += v.weight * (max(v.z, 0) - v.z*v.y + math.Log1p(math.Exp(-math.Abs(v.z))))
		})
		parts[i] = sum
	}
	return &reduction{loop{e.pool, r.tasks(), task}, func() {
		sum := 0.0
		for _, p := range parts {
			sum += p
		}
		dst[0] = float32(sum / r.divisor())
	}}, nil
}

// before is a loop with something to compute first.
type before struct {
	first func()
	loop
}

// Run computes the step.
func (s *before) Run(m engine.Moment) {
	s.first()
	s.loop.Run(m)
}

// bindSigmoidLossGrad binds its gradient: logits, target, dy.
func (e *executor) bindSigmoidLossGrad(b *binding) (engine.Step, error) {
	r := e.regions(b)
	dst, dy, factor := floats(b.results[0]), floats(b.operands[2]), 0.0
	first := func() { factor = float64(dy[0]) / r.divisor() }
	return &before{first, loop{e.pool, r.tasks(), func(_, i int) {
		r.each(i, func(at int, v voxel) { dst[at] = float32(factor * v.weight * (sigmoid(v.z) - v.y)) })
	}}}, nil
}

// bindRegionSums binds the sums of the soft Dice on regions: logits, target -> (n, region, 3).
func (e *executor) bindRegionSums(b *binding) (engine.Step, error) {
	r := e.regions(b)
	dst, parts := floats(b.results[0])[:b.results[0].Shape.Size()], make([][3]float64, r.tasks())
	task := func(_, i int) {
		var sum [3]float64
		r.each(i, func(_ int, v voxel) {
			p := sigmoid(v.z)
			sum[0] += v.weight * p * v.y
			sum[1] += v.weight * p
			sum[2] += v.weight * v.y
		})
		parts[i] = sum
	}
	totals := make([]float64, len(dst))
	return &reduction{loop{e.pool, r.tasks(), task}, func() {
		clear(totals)
		for i, p := range parts {
			for k, v := range p {
				totals[(3*(i/r.runs())+k)%len(totals)] += v // with one row, samples fold onto each other
			}
		}
		for k, v := range totals {
			dst[k] = float32(v)
		}
	}}, nil
}

// bindRegionGrad binds the gradient of the soft Dice on regions: logits, target, sums, dy.
func (e *executor) bindRegionGrad(b *binding) (engine.Step, error) {
	r := e.regions(b)
	sums, dy, dst := floats(b.operands[2]), floats(b.operands[3]), floats(b.results[0])
	slopes := make([][2]float64, b.operands[2].Shape.Size()/3)
	o := b.Attributes.(op.DiceOptions)
	first := func() {
		factor := -float64(dy[0]) / float64(max(1, len(slopes)))
		for i := range slopes {
			slopes[i] = diceSlopes(sums[3*i:], o.Epsilon, factor)
		}
	}
	return &before{first, loop{e.pool, r.tasks(), func(_, i int) {
		k := slopes[i/r.runs()%len(slopes)]
		r.each(i, func(at int, v voxel) {
			p := sigmoid(v.z)
			dst[at] = float32(v.weight * (k[0]*v.y + k[1]) * p * (1 - p))
		})
	}}}, nil
}
