package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/autoseg/autoseg/internal/fault"
)

// The exit statuses that a script may rely on.
const (
	statusDone        = 0
	statusFailed      = 1
	statusUsage       = 2
	statusInput       = 3
	statusInterrupted = 130
)

// usageError is a command line that makes no sense.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// usagef returns an error with exit status 2.
func usagef(format string, arguments ...any) error {
	return usageError{fmt.Errorf(format, arguments...)}
}

// exitStatus maps the error of a verb. An interrupt goes first: whatever the work complains about
// while it is being stopped is a consequence.
func exitStatus(ctx context.Context, err error) int {
	var usage usageError
	var command exited
	switch {
	case err == nil:
		return statusDone
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return statusInterrupted
	case errors.As(err, &command):
		return command.status
	case errors.As(err, &usage):
		return statusUsage
	case fault.IsInput(err):
		return statusInput
	}
	return statusFailed
}

// printError writes what went wrong, one line per finding.
func (a *app) printError(status int, err error) {
	switch {
	case err == nil:
		return
	case status == statusInterrupted:
		fmt.Fprintln(a.progress, "autoseg: interrupted; the same command goes on from here")
		return
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(a.progress, "%s %s\n", a.paint(red, "autoseg:"), strings.TrimRight(line, "\n"))
	}
	if next := hint(err); next != "" {
		fmt.Fprintln(a.progress, next)
	}
}
