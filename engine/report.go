package engine

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/autoseg/autoseg/internal/fault"
)

// Report says how much memory a program takes, in bytes.
type Report struct {
	// Resident is the memory of parameters and optimiser states.
	Resident int
	// Arena is the memory that activations, gradients and scratch share.
	Arena int
	// Values is what the arena would be if every value had memory of its own.
	Values int
}

// Memory returns the memory that the program holds.
func (p *Program) Memory() Report {
	r := Report{Resident: p.bytes(p.residentElements), Arena: p.bytes(p.arenaElements)}
	for _, v := range p.values {
		if v.Role != Persistent {
			r.Values += p.bytes(p.executor.Elements(v.Shape, v.Layout))
		}
	}
	return r
}

// fitsMemory refuses a program that the executor has no memory for.
func (p *Program) fitsMemory() error {
	free, r := p.executor.Capabilities().Memory, p.Memory()
	if free == 0 || int64(r.Resident)+int64(r.Arena) <= free {
		return nil
	}
	return fault.Input(fmt.Errorf("compile: the program needs %s (%s for parameters, %s for activations), more than the %s of memory that %s has left; use a smaller batch or patch",
		size(int64(r.Resident)+int64(r.Arena)), size(int64(r.Resident)), size(int64(r.Arena)), size(free), p.executor.Name()))
}

// size words a number of bytes.
func size(bytes int64) string {
	if bytes < 1e9 {
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(bytes)/1e9)
}

func (p *Program) bytes(elements int) int {
	if p.dtype == Float64 {
		return elements * 8
	}
	return elements * 4
}

type passText struct{ name, text string }

// record keeps the listing as text. It is cheap beside the passes (a few hundred lines), and a dump
// after the fact would show only the last state.
func (p *Program) record(name string) {
	var b strings.Builder
	for _, ins := range p.instructions {
		if ins == nil {
			continue
		}
		b.WriteString(ins.String())
		b.WriteByte('\n')
	}
	p.note(name, b.String())
}

// note keeps what a pass that leaves the instructions as they are has decided.
func (p *Program) note(name, text string) { p.texts = append(p.texts, passText{name, text}) }

// Dump writes the listing after every pass of the compiler; of those that only choose places, the places.
func (p *Program) Dump(w io.Writer) error {
	for _, t := range p.texts {
		if _, err := fmt.Fprintf(w, "after %s:\n%s\n", t.name, t.text); err != nil {
			return err
		}
	}
	return nil
}

type profile struct {
	spent map[Kind]time.Duration
	count map[Kind]int
}

// ProfileLine is the time spent in all instructions of one kind.
type ProfileLine struct {
	Kind  Kind
	Count int
	Time  time.Duration
}

// StartProfile begins to measure the time of every kind of instruction; each is waited for, so the
// program runs slower on a device that works asynchronously.
func (p *Program) StartProfile() {
	p.profile = &profile{map[Kind]time.Duration{}, map[Kind]int{}}
}

// Profile returns the times since StartProfile, longest first.
func (p *Program) Profile() []ProfileLine {
	if p.profile == nil {
		return nil
	}
	var r []ProfileLine
	for k, t := range p.profile.spent {
		r = append(r, ProfileLine{k, p.profile.count[k], t})
	}
	slices.SortFunc(r, func(a, b ProfileLine) int {
		return cmp.Or(cmp.Compare(b.Time, a.Time), strings.Compare(string(a.Kind), string(b.Kind)))
	})
	return r
}

func (p *profile) time(executor Executor, ins *Instruction, run func()) {
	if p == nil {
		run()
		return
	}
	start := time.Now()
	run()
	_ = executor.Sync() // Program.Run asks for the error at the end
	p.spent[ins.Kind] += time.Since(start)
	p.count[ins.Kind]++
}
