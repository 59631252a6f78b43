package main

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/internal/fault"
)

// executors names what programs can run on, by the words of --device. A build without CUDA has no "cuda".
var executors = map[string]func(a *app) (engine.Executor, error){
	"auto": newCPU,
	"cpu":  newCPU,
}

func newCPU(a *app) (engine.Executor, error) {
	return cpu.New(cpu.Options{Workers: a.threads(), Level: a.flags.simd, Memory: availableMemory(), Precision: a.precision})
}

// choosePrecision keeps --precision for the executor.
func (a *app) choosePrecision(precision string) error {
	a.precision = precision
	return oneOf("--precision", precision, []string{cpu.FP32, cpu.BF16})
}

// availableMemory returns the bytes that programs may take, 0 where the system does not tell.
func availableMemory() int64 {
	_, available, err := systemMemory()
	if err != nil {
		return 0
	}
	return int64(available) << 20
}

// executor returns what --device, --simd and --threads ask for; the caller closes it. A device or a level
// that this machine lacks is bad input: nothing was started.
func (a *app) executor() (engine.Executor, error) {
	construct, ok := executors[a.flags.device]
	if !ok {
		return nil, fault.Input(fmt.Errorf("--device %s: this build has no such device; leave the flag out to compute on the CPU", a.flags.device))
	}
	executor, err := construct(a)
	if err != nil {
		return nil, fault.Input(err)
	}
	return executor, nil
}

// simdLevel names the instruction set that executor uses.
func (a *app) simdLevel() string {
	if a.flags.simd != "" {
		return a.flags.simd
	}
	level, _ := instructionSets()
	return level
}
