package enginetest

import (
	"slices"
	"testing"

	"github.com/autoseg/autoseg/engine"
)

// Run checks an executor. newExecutor returns one with a number of workers; Run closes it.
func Run(t *testing.T, newExecutor func(workers int) engine.Executor) {
	executors := map[int]engine.Executor{}
	for _, workers := range []int{1, 2, 5} {
		executors[workers] = newExecutor(workers)
	}
	defer func() {
		for _, e := range executors {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}
	}()
	each := func(t *testing.T, list []Case, check func(t *testing.T, c Case)) {
		for _, c := range list {
			t.Run(c.Name, func(t *testing.T) { check(t, c) })
		}
	}
	t.Run("like ref", func(t *testing.T) {
		each(t, Cases(), func(t *testing.T, c Case) { againstRef(t, c, executors[2]) })
	})
	t.Run("same bits", func(t *testing.T) {
		each(t, Cases(), func(t *testing.T, c Case) { sameBits(t, c, executors) })
	})
	if slices.Contains(executors[1].Capabilities().Dtypes, engine.Float64) {
		t.Run("finite differences", func(t *testing.T) {
			each(t, Cases(), func(t *testing.T, c Case) { checkGradients(t, c, executors[1]) })
		})
	}
	t.Run("updates", func(t *testing.T) {
		for name, rule := range rules() {
			t.Run(name, func(t *testing.T) { checkUpdates(t, shapesCase(), executors[2], rule) })
		}
	})
	t.Run("training", func(t *testing.T) { runTraining(t, executors) })
	t.Run("residents", func(t *testing.T) { checkResidents(t, executors[1]) })
}

func runTraining(t *testing.T, executors map[int]engine.Executor) {
	for _, c := range trainingCases() {
		for name, rule := range trainingRules() {
			t.Run(c.Name+" "+name, func(t *testing.T) {
				checkUpdates(t, c, executors[2], rule)
				sameTraining(t, c, executors, rule)
			})
		}
	}
}

// checkResidents checks that every parameter and state comes back as it was set, whatever layout the
// executor keeps it in.
func checkResidents(t *testing.T, executor engine.Executor) {
	for _, c := range trainingCases() {
		p := compileTraining(t, c, executor, engine.Float32, rules()["sgd of nnU-Net"])
		for k, r := range p.Residents() {
			a := engine.NewArray(engine.Float32, r.Shape)
			for i := range a.F32 {
				a.F32[i] = float32(k) + float32(i)/1024
			}
			if err := p.Set(r.Name, a); err != nil {
				t.Fatal(err)
			}
		}
		for k, r := range p.Residents() {
			for i, v := range p.get(t, r) {
				if want := float64(float32(k) + float32(i)/1024); v != want {
					t.Fatalf("%s: %s[%d] came back as %v, want %v", c.Name, r.Name, i, v, want)
				}
			}
		}
		closeProgram(t, p)
	}
}
