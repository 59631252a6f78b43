package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// positiveFlags are the flags whose value must be positive wherever a verb has them. Their default of zero
// means that the flag was left out, so a zero that somebody typed must not pass for that.
var positiveFlags = []string{
	"batch", "budget", "classes", "epochs", "in", "iterations", "memory-gb", "out", "rate", "runs", "samples", "stride",
}

// checkValues reports values that make sense for no verb: an empty word, as an unset variable of a script
// leaves it, and a number below its range.
func checkValues(cmd *cobra.Command, args []string) error {
	if cmd.DisableFlagParsing {
		return nil // the shell asks for completions; the word that is being typed may be empty
	}
	var problems []error
	for _, arg := range args {
		if arg == "" {
			problems = append(problems, usagef("an argument is empty; see %s", helpLine(cmd)))
		}
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if strings.HasPrefix(f.Value.Type(), "string") && strings.Trim(f.Value.String(), "[]") == "" {
			problems = append(problems, usagef("--%s is empty; leave the flag out, or give a value", f.Name))
		}
	})
	for _, name := range positiveFlags {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && !positive(f.Value.String()) {
			what := "number"
			if f.Value.Type() == "duration" {
				what = "time such as 30m"
			}
			problems = append(problems, usagef("--%s %s: want a positive %s", name, f.Value, what))
		}
	}
	return errors.Join(problems...)
}

// positive reads a number or a duration and says whether it is more than nothing and less than infinite.
func positive(text string) bool {
	if d, err := time.ParseDuration(text); err == nil {
		return d > 0
	}
	v, err := strconv.ParseFloat(text, 64)
	return err == nil && v > 0 && v <= math.MaxFloat64
}

// wants words what a flag takes, for people: by its type, the words of package pflag.
func wants(kind string) string {
	switch kind {
	case "bool":
		return "true or false"
	case "int":
		return "a whole number"
	case "uint64":
		return "a whole number that is not negative"
	case "float64":
		return "a number"
	case "duration":
		return "a time such as 90s, 30m or 4h"
	case "intSlice":
		return "whole numbers with commas between"
	case "float64Slice":
		return "numbers with commas between"
	}
	return "a value of type " + kind
}

// badValue words a value that a flag cannot take; pflag's own words are those of the Go library.
func badValue(err *pflag.InvalidValueError) string {
	f := err.GetFlag()
	return fmt.Sprintf("--%s %q: want %s", f.Name, err.GetValue(), wants(f.Value.Type()))
}
