package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/internal/nearest"
	"github.com/spf13/cobra"
)

// globalFlags are the flags that every verb understands.
type globalFlags struct {
	threads  int
	device   string
	simd     string
	seed     uint64
	quiet    bool
	json     bool
	logLevel string
}

var (
	devices    = []string{"auto", "cpu", "cuda"}
	simdLevels = []string{"avx512", "avx2", "none"}
	logLevels  = []string{"debug", "info", "warn", "error"}
)

// register adds the flags to the root command.
func (f *globalFlags) register(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.IntVar(&f.threads, "threads", 0, "use `N` threads (default: all)")
	flags.StringVar(&f.device, "device", "auto", "compute on `auto|cpu|cuda`")
	flags.StringVar(&f.simd, "simd", "", "force the instruction set `avx512|avx2|none` (default: the best there is)")
	flags.Uint64Var(&f.seed, "seed", 1234, "draw random numbers from seed `N`; folds and class locations have seeds of their own")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress, only warnings and errors")
	flags.BoolVar(&f.json, "json", false, "print the result as one JSON document")
	flags.StringVar(&f.logLevel, "log-level", "info", "print messages from `debug|info|warn|error` upwards")
	for name, values := range map[string][]string{"device": devices, "simd": simdLevels, "log-level": logLevels} {
		// The only error is a flag that does not exist.
		_ = root.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
}

// Validate reports the first flag whose value makes no sense.
func (f *globalFlags) Validate() error {
	if f.threads < 0 {
		return usagef("--threads %d: want a positive number, or 0 for all", f.threads)
	}
	if err := oneOf("--device", f.device, devices); err != nil {
		return err
	}
	if err := oneOf("--log-level", f.logLevel, logLevels); err != nil {
		return err
	}
	if f.simd == "" {
		return nil
	}
	return oneOf("--simd", f.simd, simdLevels)
}

// oneOf returns a usage error unless value is one of the allowed ones.
func oneOf(flag, value string, allowed []string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	message := fmt.Sprintf("%s %q: want one of %s", flag, value, strings.Join(allowed, ", "))
	if near := nearest.Word(value, allowed); near != "" {
		message += fmt.Sprintf("; did you mean %q?", near)
	}
	return usagef("%s", message)
}

// apply brings the flags into effect. It runs once, before the verb.
func (a *app) apply() error {
	if err := a.flags.Validate(); err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.flags.logLevel)); err != nil {
		return usagef("--log-level %q: %w", a.flags.logLevel, err)
	}
	if a.flags.quiet {
		level = max(level, slog.LevelWarn)
		a.progress.Silence()
	}
	a.level.Set(level)
	return nil
}
