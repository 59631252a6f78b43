package pipeline

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/trainer"
)

// Config says what to run. The zero value of an optional field means its default.
type Config struct {
	// Dataset is the dataset folder.
	Dataset string
	// Output is the run folder.
	Output string
	// Configurations are those to train; none means all that the plan has. The second stage of a cascade
	// brings the first one with it.
	Configurations []string
	// Folds are the folds to train, as names ("0", ..., "all"); none means the cross-validation.
	Folds []string
	// Networks are the families to train, all on the same folds and preprocessed cases; none means the
	// plan's own. A plan that has to be made is made for the first one; the others take over its patches.
	Networks []string
	// Planner replaces the plan's rules, MemoryGB what they plan for.
	Planner  string
	MemoryGB float64
	// Plan is a plan file to use instead of planning.
	Plan string
	// Replan makes a new plan although there is one.
	Replan bool
	// Budget is the wall-clock time for everything; 0 means none.
	Budget time.Duration
	// Epochs replaces the 1000 epochs of nnU-Net; 0 means that default.
	Epochs int
	// Replay holds the resolved schedule of every training by the name of its stage, as a manifest does.
	// With it nothing is measured, estimated or asked: the trainings follow it. It excludes a budget.
	Replay map[string]trainer.Resolved
	// AcceptLong starts trainings whose estimate is longer than a day, or larger than the machine's memory,
	// without asking.
	AcceptLong bool
	// MaxMemory is the resident memory in bytes that no stage may exceed; 0 means no limit. A run whose
	// estimate is above it is refused.
	MaxMemory int64
	// MachineMemory is the machine's memory in bytes, 0 where nobody knows.
	MachineMemory int64
	// Seed is what everything but folds and class locations is drawn from.
	Seed uint64
	// Threads is the number of threads, at least 1.
	Threads int

	// Executor is what networks run on; SIMD names its instruction set for the manifest.
	Executor engine.Executor
	SIMD     string
	// Program and Command describe what runs for the manifest; neither may hold an absolute path.
	Program, Command string
	// Machine describes in words what runs, and PeakMemory measures the highest resident memory so far in
	// bytes, for the run's log; both may be missing.
	Machine    string
	PeakMemory func() int64
	// Log takes what the run decides; Track starts a piece of work that people can watch; Confirm asks
	// a question, nil meaning that there is nobody to ask; Tell takes the estimates.
	Log     *slog.Logger
	Track   func(title, unit string) func(done, total int)
	Confirm func(question string) (bool, error)
	Tell    io.Writer
	// Now is the clock.
	Now func() time.Time
}

// defaults fills what is optional.
func (c *Config) defaults() {
	if len(c.Folds) == 0 {
		c.Folds = crossValidation()
	}
	c.Threads = max(c.Threads, 1)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Track == nil {
		c.Track = func(string, string) func(int, int) { return func(int, int) {} }
	}
	if c.Tell == nil {
		c.Tell = io.Discard
	}
	if c.Now == nil {
		c.Now = time.Now
	}
}

// Validate reports everything that makes no sense at once, as bad input.
func (c *Config) Validate() error {
	var findings []error
	complain := func(format string, arguments ...any) {
		findings = append(findings, fmt.Errorf(format, arguments...))
	}
	if c.Dataset == "" {
		complain("dataset: no folder given")
	}
	if c.Output == "" {
		complain("output: no folder given")
	}
	if c.Executor == nil {
		complain("executor: none given")
	}
	if c.Epochs < 0 {
		complain("epochs %d: want a positive number", c.Epochs)
	}
	if c.MaxMemory < 0 {
		complain("memory limit of %d bytes: want a positive size", c.MaxMemory)
	}
	if c.Budget < 0 {
		complain("budget %v: want a positive time", c.Budget)
	}
	if c.Budget > 0 && c.Replay != nil {
		complain("a budget and a schedule to replay exclude each other: the schedule says how long trainings are")
	}
	for i, network := range c.Networks {
		if !slices.Contains(plans.Families, network) {
			complain("network %q: want one of %s", network, strings.Join(plans.Families, ", "))
		}
		if slices.Contains(c.Networks[:i], network) {
			complain("network %q stands twice", network)
		}
	}
	if c.Planner != "" && !slices.Contains(plans.Planners, c.Planner) {
		complain("planner %q: want one of %s", c.Planner, strings.Join(plans.Planners, ", "))
	}
	if c.Plan != "" && (c.Planner != "" || c.MemoryGB != 0) {
		complain("a plan file and planner or memory exclude each other: the plan file decides them")
	}
	for _, fold := range c.Folds {
		if number, err := strconv.Atoi(fold); fold != "all" && (err != nil || number < 0) {
			complain("fold %q: want a number from 0, or all", fold)
		}
	}
	return fault.Input(errors.Join(findings...))
}

// crossValidation returns the folds of a whole cross-validation.
func crossValidation() []string { return []string{"0", "1", "2", "3", "4"} }

// ParseFolds returns the folds that a word of the command line means: cv (the five folds), all, or
// numbers separated by commas.
func ParseFolds(text string) ([]string, error) {
	switch text {
	case "cv", "":
		return crossValidation(), nil
	case "all":
		return []string{"all"}, nil
	}
	folds := strings.Split(text, ",")
	for i, fold := range folds {
		folds[i] = strings.TrimSpace(fold)
		if number, err := strconv.Atoi(folds[i]); err != nil || number < 0 {
			return nil, fmt.Errorf("folds %q: want cv, all, or numbers such as 0,2", text)
		}
		if slices.Contains(folds[:i], folds[i]) {
			return nil, fmt.Errorf("folds %q: %s stands twice", text, folds[i])
		}
	}
	return folds, nil
}
