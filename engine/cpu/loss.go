package cpu

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/vector"
	"github.com/autoseg/autoseg/engine/op"
)

// logits are the operands of a loss on planar logits and a label map. A task handles a run of voxels of
// one sample.
type logits struct {
	e                        *executor
	logits, labels           []float32
	samples, classes, voxels int
	ignore                   float32
	tails                    []tail // per worker
}

// tail is what a worker needs besides its operands: the last, incomplete vector of a task with what
// belongs to it, and a vector of scratch per class.
type tail struct {
	logits, out, scratch []float32
	labels               [lanes]float32
	sums                 [3 * lanes]float32
	args                 vector.LossArgs
}

func (e *executor) logits(b *binding, ignore int) *logits {
	s := b.operands[0].Shape
	l := &logits{e: e, logits: floats(b.operands[0]), labels: floats(b.operands[1]), samples: s[0], classes: s[1],
		voxels: pixels(s), ignore: float32(math.NaN()), tails: make([]tail, e.pool.Workers())}
	if ignore > 0 {
		l.ignore = float32(ignore)
	}
	for i := range l.tails {
		buffer := make([]float32, 3*lanes*l.classes+lanes)
		buffer = buffer[-int(uintptr(unsafe.Pointer(&buffer[0]))/4)&(lanes-1):]
		n := lanes * l.classes
		l.tails[i].logits, l.tails[i].out, l.tails[i].scratch = buffer[:n], buffer[n:2*n], buffer[2*n:3*n]
	}
	return l
}

// runs returns the tasks per sample.
func (l *logits) runs() int { return (l.voxels + chunk - 1) / chunk }

func (l *logits) tasks() int { return l.samples * l.runs() }

// bounds returns the sample and the voxels of a task.
func (l *logits) bounds(i int) (sample, from, to int) {
	from = i % l.runs() * chunk
	return i / l.runs(), from, min(from+chunk, l.voxels)
}

// pass is one walk of a loop over all voxels.
type pass struct {
	loop vector.LossLoop
	// out receives the results, shaped like the logits; nil for a loop that needs scratch or nothing.
	out []float32
	// set fills in what the arguments hold besides the arrays of a task.
	set func(a *vector.LossArgs, task int)
	// after is told what Sums holds after each call of the loop and how many voxels at its end are none.
	after func(task int, sums *[3 * lanes]float32, padding int)
}

// run handles the voxels of a task: whole vectors where they lie, the last, incomplete one in a copy.
func (l *logits) run(p *pass, worker, task int) {
	sample, from, to := l.bounds(task)
	t := &l.tails[worker]
	t.args = vector.LossArgs{Sums: unsafe.Pointer(&t.sums), Classes: l.classes, Ignore: l.ignore}
	if p.set != nil {
		p.set(&t.args, task)
	}
	whole := (to - from) / lanes
	if whole > 0 {
		l.vectors(p, t, sample, from, whole)
		p.call(t, task, 0)
	}
	if from += whole * lanes; from < to {
		l.load(t, sample, from, to-from)
		p.call(t, task, lanes-(to-from))
		l.store(p.out, t, sample, from, to-from)
	}
}

func (p *pass) call(t *tail, task, padding int) {
	p.loop(&t.args)
	if p.after != nil {
		p.after(task, &t.sums, padding)
	}
}

// vectors sets the arguments to n whole vectors.
func (l *logits) vectors(p *pass, t *tail, sample, from, n int) {
	at := sample*l.classes*l.voxels + from
	t.args.Logits, t.args.Labels = pointer(l.logits, at), pointer(l.labels, sample*l.voxels+from)
	t.args.Stride, t.args.N = 4*l.voxels, n
	t.args.Out, t.args.OutStride, t.args.OutStep = pointer(t.scratch, 0), 4*lanes, 0
	if p.out != nil {
		t.args.Out, t.args.OutStride, t.args.OutStep = pointer(p.out, at), 4*l.voxels, 4*lanes
	}
}

// load copies the last n voxels of a task and sets the arguments to them; the others of the vector have
// label -1, which is none.
func (l *logits) load(t *tail, sample, from, n int) {
	clear(t.logits)
	for c := range l.classes {
		copy(t.logits[c*lanes:], l.logits[(sample*l.classes+c)*l.voxels+from:][:n])
	}
	for k := range t.labels {
		t.labels[k] = -1
	}
	copy(t.labels[:n], l.labels[sample*l.voxels+from:])
	t.args.Logits, t.args.Labels, t.args.Stride, t.args.N = pointer(t.logits, 0), unsafe.Pointer(&t.labels), 4*lanes, 1
	t.args.Out, t.args.OutStride, t.args.OutStep = pointer(t.out, 0), 4*lanes, 0
}

func (l *logits) store(out []float32, t *tail, sample, from, n int) {
	if out == nil {
		return
	}
	for c := range l.classes {
		copy(out[(sample*l.classes+c)*l.voxels+from:][:n], t.out[c*lanes:])
	}
}

// wrong panics on the first label that is neither a class nor ignored.
func (l *logits) wrong() {
	for _, v := range l.labels[:l.samples*l.voxels] {
		if v != l.ignore && !(v >= 0 && v < float32(l.classes) && v == float32(int(v))) {
			panic(fmt.Sprintf("op: target label %v is none of %d classes", v, l.classes))
		}
	}
}

// total adds a vector's lanes in float64.
func total(v []float32) float64 {
	sum := 0.0
	for _, f := range v[:lanes] {
		sum += float64(f)
	}
	return sum
}

// bindSoftmaxLoss binds the cross-entropy of softmax: logits, target.
func (e *executor) bindSoftmaxLoss(b *binding) (engine.Step, error) {
	l := e.logits(b, b.Attributes.(op.LossAttributes).Ignore)
	dst, parts := floats(b.results[0]), make([][3]float64, l.tasks())
	p := &pass{loop: e.loops.SoftmaxLoss, after: func(i int, sums *[3 * lanes]float32, padding int) {
		for k := range parts[i] {
			parts[i][k] += total(sums[k*lanes:])
		}
		parts[i][2] -= float64(padding)
	}}
	task := func(w, i int) {
		parts[i] = [3]float64{}
		l.run(p, w, i)
	}
	return &reduction{loop{e.pool, l.tasks(), task}, func() {
		var sum [3]float64
		for _, p := range parts {
			for k, v := range p {
				sum[k] += v
			}
		}
		if sum[2] > 0 {
			l.wrong()
		}
		dst[0] = float32(sum[0] / max(1, sum[1]))
	}}, nil
}

// softmaxLossGrad is the gradient of the cross-entropy: logits, target, dy.
type softmaxLossGrad struct {
	*logits
	dy, dst []float32
	factor  float32
	task    func(worker, i int)
}

func (e *executor) bindSoftmaxLossGrad(b *binding) (engine.Step, error) {
	g := &softmaxLossGrad{logits: e.logits(b, b.Attributes.(op.LossAttributes).Ignore), dy: floats(b.operands[2]), dst: floats(b.results[0])}
	p := &pass{loop: e.loops.SoftmaxLossGrad, out: g.dst, set: func(a *vector.LossArgs, _ int) { a.Factor = g.factor }}
	g.task = func(w, i int) { g.run(p, w, i) }
	return g, nil
}

// Run divides by the number of voxels that count before it starts the loop.
func (g *softmaxLossGrad) Run(engine.Moment) {
	valid := g.samples * g.voxels
	if g.ignore == g.ignore {
		for _, v := range g.labels[:g.samples*g.voxels] {
			if v == g.ignore {
				valid--
			}
		}
	}
	g.factor = float32(float64(g.dy[0]) / float64(max(1, valid)))
	g.e.pool.For(g.tasks(), g.task)
}
