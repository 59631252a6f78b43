package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/internal/fault"
)

// execute runs one command line as main does.
func execute(args ...string) (status int, stdout, stderr string) {
	var out, errs strings.Builder
	status = run(context.Background(), args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

func TestWrongUsageEndsWith2(t *testing.T) {
	for name, test := range map[string]struct {
		args string
		want string
	}{
		"no verb":                {"", "which verb?"},
		"unknown verb":           {"vresion", `did you mean "version"?`},
		"unknown flag":           {"version --thread 2", "did you mean --threads?"},
		"unknown flag of root":   {"--jsn version", "did you mean --json?"},
		"unexpected argument":    {"version now", `unexpected argument "now"`},
		"not a number":           {"version --threads many", `--threads "many": want a whole number`},
		"negative threads":       {"version --threads -1", "want a positive number"},
		"unknown device":         {"version --device gpu", "want one of auto, cpu, cuda"},
		"unknown level":          {"version --log-level inf", `did you mean "info"?`},
		"unknown simd":           {"version --simd avx", `did you mean "avx512"?`},
		"help of an unknown one": {"help versoin", `did you mean "version"?`},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := execute(strings.Fields(test.args)...)
			if status != statusUsage {
				t.Errorf("exit status %d, want %d", status, statusUsage)
			}
			if !strings.Contains(stderr, test.want) {
				t.Errorf("stderr %q does not contain %q", stderr, test.want)
			}
			if stdout != "" {
				t.Errorf("stdout holds %q, want nothing", stdout)
			}
		})
	}
}

func TestExitStatus(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	running := context.Background()
	plain := errors.New("disk full")
	for name, test := range map[string]struct {
		ctx  context.Context
		err  error
		want int
	}{
		"done":                      {running, nil, statusDone},
		"done although interrupted": {ended, nil, statusDone},
		"failed":                    {running, plain, statusFailed},
		"wrong usage":               {running, usagef("no"), statusUsage},
		"wrapped wrong usage":       {running, fmt.Errorf("run: %w", usagef("no")), statusUsage},
		"bad input":                 {running, fmt.Errorf("run: %w", fault.Input(plain)), statusInput},
		"interrupted":               {ended, fmt.Errorf("train: %w", ended.Err()), statusInterrupted},
		"a stage's own cancelling":  {running, context.Canceled, statusFailed},
		"failed when interrupted":   {ended, plain, statusFailed},
	} {
		t.Run(name, func(t *testing.T) {
			if got := exitStatus(test.ctx, test.err); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestEveryFindingIsPrinted(t *testing.T) {
	var errs strings.Builder
	a := newApp(nil, nil, &errs)
	a.printError(statusInput, errors.Join(errors.New("case a: NaN"), errors.New("case b: no label file")))
	if got, want := errs.String(), "autoseg: case a: NaN\nautoseg: case b: no label file\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestVersionAsJSON(t *testing.T) {
	status, stdout, stderr := execute("version", "--json")
	var v version
	if err := json.Unmarshal([]byte(stdout), &v); err != nil || status != statusDone || stderr != "" {
		t.Fatalf("status %d, stderr %q, JSON: %v", status, stderr, err)
	}
	if v.Version != programVersion || v.Platform == "" {
		t.Errorf("got %+v", v)
	}
}

func TestDoctorMeasures(t *testing.T) {
	status, stdout, stderr := execute("doctor", "--json", "--threads", "1")
	var m machine
	if err := json.Unmarshal([]byte(stdout), &m); err != nil || status != statusDone {
		t.Fatalf("status %d, stderr %q, JSON: %v", status, stderr, err)
	}
	if m.MemoryGBPerS <= 0 || m.Threads != 1 || m.SIMD == "" {
		t.Errorf("got %+v", m)
	}
}

func TestCompletionKnowsTheVerbs(t *testing.T) {
	status, stdout, _ := execute("__complete", "vers")
	if status != statusDone || !strings.Contains(stdout, "version") {
		t.Errorf("status %d, completions %q", status, stdout)
	}
	if status, stdout, _ = execute("completion", "bash"); status != statusDone || !strings.Contains(stdout, "autoseg") {
		t.Errorf("completion bash: status %d, %d bytes", status, len(stdout))
	}
}

// TestVerbsKeepTheConventions walks all verbs and checks what doc.go asks for.
func TestVerbsKeepTheConventions(t *testing.T) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		t.Run(cmd.CommandPath(), func(t *testing.T) { checkVerb(t, cmd) })
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk(newRootCommand(newApp(nil, nil, nil)))
}

func checkVerb(t *testing.T, cmd *cobra.Command) {
	t.Helper()
	if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
		t.Errorf("Short is %q: want one line without a full stop", cmd.Short)
	}
	lines := strings.Split(strings.TrimSpace(cmd.Example), "\n")
	if len(lines) < 2 {
		t.Errorf("%d examples, want at least 2", len(lines))
	}
	for _, line := range lines {
		if !strings.HasPrefix(strings.TrimSpace(line), "autoseg ") {
			t.Errorf("example %q does not start with autoseg", line)
		}
	}
	if cmd.RunE == nil || cmd.Run != nil {
		t.Error("want RunE and no Run")
	}
	if cmd.Args == nil && cmd.Name() != "help" {
		t.Error("the number of arguments is not checked")
	}
}

func TestHelpShowsExamples(t *testing.T) {
	status, stdout, stderr := execute("help", "version")
	if status != statusDone || stderr != "" || !strings.Contains(stdout, "autoseg version --json") {
		t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}
