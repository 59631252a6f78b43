package main

import (
	"strings"
	"testing"
)

func TestColoursAreForTerminals(t *testing.T) {
	for name, test := range map[string]struct {
		terminal       bool
		noColour, kind string
		want           bool
	}{
		"a terminal": {true, "", "xterm-256color", true}, "no terminal": {false, "", "xterm-256color", false},
		"NO_COLOR": {true, "1", "xterm-256color", false}, "a dumb terminal": {true, "", "dumb", false},
	} {
		if got := wantsColour(test.terminal, test.noColour, test.kind); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestPaint(t *testing.T) {
	a := &app{colour: true}
	if got := a.paint(red, "x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("got %q", got)
	}
	if a.colour = false; a.paint(red, "x") != "x" {
		t.Error("painted although not wanted")
	}
}

func TestSummariesAreForPeople(t *testing.T) {
	for name, test := range map[string]struct {
		quiet, json, want bool
	}{"as asked": {false, false, true}, "--quiet": {true, false, false}, "--json": {false, true, false}} {
		var out, errs strings.Builder
		a := newApp(nil, &out, &errs)
		a.flags.quiet, a.flags.json = test.quiet, test.json
		a.summarise([]any{"Measured", "D"}, [][]any{{"cases", 3}})
		if out.Len() != 0 || strings.Contains(errs.String(), "cases") != test.want {
			t.Errorf("%s: stdout %q, stderr %q", name, out.String(), errs.String())
		}
	}
}
