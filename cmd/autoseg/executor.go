package main

import (
	"errors"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
)

// executors maps --device to what computes.
var executors = map[string]func(*app) (engine.Executor, error){
	"auto": cpuExecutor,
	"cpu":  cpuExecutor,
	"cuda": func(*app) (engine.Executor, error) {
		return nil, usageError{errors.New("--device cuda: this build has no CUDA; use --device cpu")}
	},
}

func cpuExecutor(a *app) (engine.Executor, error) {
	return cpu.New(cpu.Options{Workers: a.threads(), Level: a.flags.simd})
}

// executor returns what --device, --threads and --simd ask for.
func (a *app) executor() (engine.Executor, error) {
	e, err := executors[a.flags.device](a)
	if err != nil {
		return nil, usageError{err}
	}
	return e, nil
}
