package cpu

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu/vector"
	"github.com/autoseg/autoseg/engine/op"
)

// logits is a loss on planar logits and a label map, cut into runs of voxels.
type logits struct {
	e                        *executor
	logits, labels           []float32
	samples, classes, voxels int
	ignore                   float32
	tails                    []tail // per worker
}

// tail is what a worker needs besides its operands: the last, incomplete vector of a run with what
// belongs to it, and a vector per class of scratch.
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

// call runs a loop over the voxels of task i, whole vectors first, and calls after each of at most two
// runs with what Sums holds and how many voxels at the end are none. out is nil for a loop that needs
// scratch or nothing there; set fills in the rest of the arguments.
func (l *logits) call(loop vector.LossLoop, worker, i int, out []float32, set func(*vector.LossArgs), after func(sums *[3 * lanes]float32, padding int)) {
	sample, from, to := l.bounds(i)
	t := &l.tails[worker]
	whole := (to - from) / lanes
	t.args = vector.LossArgs{Sums: unsafe.Pointer(&t.sums), Classes: l.classes, Ignore: l.ignore}
	set(&t.args)
	if whole > 0 {
		at := sample*l.classes*l.voxels + from
		t.args.Logits, t.args.Labels = pointer(l.logits, at), pointer(l.labels, sample*l.voxels+from)
		t.args.Stride, t.args.N = 4*l.voxels, whole
		t.args.Out, t.args.OutStride, t.args.OutStep = pointer(t.scratch, 0), 4*lanes, 0
		if out != nil {
			t.args.Out, t.args.OutStride, t.args.OutStep = pointer(out, at), 4*l.voxels, 4*lanes
		}
		loop(&t.args)
		after(&t.sums, 0)
	}
	if from += whole * lanes; from == to {
		return
	}
	l.load(t, sample, from, to-from)
	t.args.Logits, t.args.Labels, t.args.Stride, t.args.N = pointer(t.logits, 0), unsafe.Pointer(&t.labels), 4*lanes, 1
	t.args.Out, t.args.OutStride, t.args.OutStep = pointer(t.out, 0), 4*lanes, 0
	loop(&t.args)
	after(&t.sums, lanes-(to-from))
	if out != nil {
		for c := range l.classes {
			copy(out[(sample*l.classes+c)*l.voxels+from:][:to-from], t.out[c*lanes:])
		}
	}
}

// load copies the last voxels of a run; the others of the vector have label -1, which is none.
func (l *logits) load(t *tail, sample, from, n int) {
	clear(t.logits)
	for c := range l.classes {
		copy(t.logits[c*lanes:], l.logits[(sample*l.classes+c)*l.voxels+from:][:n])
	}
	for k := range t.labels {
		t.labels[k] = -1
	}
	copy(t.labels[:n], l.labels[sample*l.voxels+from:])
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
	none := func(*vector.LossArgs) {}
	task := func(w, i int) {
		parts[i] = [3]float64{}
		l.call(e.loops.SoftmaxLoss, w, i, nil, none, func(sums *[3 * lanes]float32, padding int) {
			for k := range parts[i] {
				parts[i][k] += total(sums[k*lanes:])
			}
			parts[i][2] -= float64(padding)
		})
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
	set := func(a *vector.LossArgs) { a.Factor = g.factor }
	after := func(*[3 * lanes]float32, int) {}
	g.task = func(w, i int) { g.call(e.loops.SoftmaxLossGrad, w, i, g.dst, set, after) }
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
