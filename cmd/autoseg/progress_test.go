package main

import (
	"strings"
	"testing"
	"time"
)

// clock is a time that only tests move.
type clock struct{ time time.Time }

func (c *clock) now() time.Time          { return c.time }
func (c *clock) advance(d time.Duration) { c.time = c.time.Add(d) }

func newClock() *clock { return &clock{time.Unix(1000, 0)} }

func TestProgressOnATerminal(t *testing.T) {
	var out strings.Builder
	c := newClock()
	p := newProgress(&out, func() int { return 200 }, c.now)
	report := p.Track("train", "epochs")
	c.advance(30 * time.Second)
	report(1, 4)
	report(2, 4) // too soon after the line before
	if got, want := out.String(), "\r\x1b[Ktrain: 1/4 epochs (25%), 2.0 epochs/min, 1:30 left"; got != want {
		t.Errorf("after one step: got %q, want %q", got, want)
	}
	out.Reset()
	if _, err := p.Write([]byte("a warning\n")); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "\r\x1b[Ka warning\n"; got != want {
		t.Errorf("a message over the line: got %q, want %q", got, want)
	}
	out.Reset()
	c.advance(30 * time.Second)
	report(4, 4)
	p.Done()
	if got, want := out.String(), "\r\x1b[Ktrain: 4/4 epochs (100%), 4.0 epochs/min, took 1:00\r\x1b[K"; got != want {
		t.Errorf("at the end: got %q, want %q", got, want)
	}
}

func TestProgressLineFitsTheTerminal(t *testing.T) {
	var out strings.Builder
	c := newClock()
	p := newProgress(&out, func() int { return 20 }, c.now)
	c.advance(time.Second)
	p.Track("preprocess a configuration", "cases")(1, 100)
	if got := strings.TrimPrefix(out.String(), "\r\x1b[K"); len(got) != 19 {
		t.Errorf("line %q has %d characters, want 19 on a terminal 20 wide", got, len(got))
	}
}

func TestProgressInALog(t *testing.T) {
	var out strings.Builder
	c := newClock()
	p := newProgress(&out, nil, c.now)
	report := p.Track("predict", "cases")
	for i := range 100 {
		c.advance(time.Second)
		report(i+1, 100)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 8 { // at 2 s, then every 15 s up to 92 s, and the last
		t.Errorf("got %d lines, want 8:\n%s", len(lines), out.String())
	}
	if got, want := lines[0], "predict: 2/100 cases (2%), 1.0 cases/s, 1:38 left"; got != want {
		t.Errorf("first line: got %q, want %q", got, want)
	}
	if got, want := lines[len(lines)-1], "predict: 100/100 cases (100%), 1.0 cases/s, took 1:40"; got != want {
		t.Errorf("last line: got %q, want %q", got, want)
	}
	if strings.ContainsAny(out.String(), "\r\x1b") {
		t.Error("a log holds control characters")
	}
}

func TestProgressShortWorkIsSilentInALog(t *testing.T) {
	var out strings.Builder
	c := newClock()
	report := newProgress(&out, nil, c.now).Track("plan", "rules")
	c.advance(time.Second)
	report(1, 2)
	report(2, 2)
	if out.Len() != 0 {
		t.Errorf("got %q, want nothing", out.String())
	}
}

func TestProgressOfResumedWork(t *testing.T) {
	var out strings.Builder
	c := newClock()
	p := newProgress(&out, func() int { return 200 }, c.now)
	report := p.Track("train", "epochs")
	c.advance(time.Second)
	report(40, 50) // what an earlier process did must not make the speed
	c.advance(10 * time.Second)
	out.Reset()
	report(42, 50)
	if got, want := out.String(), "\r\x1b[Ktrain: 42/50 epochs (84%), 12.0 epochs/min, 0:40 left"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSilentProgress(t *testing.T) {
	var out strings.Builder
	c := newClock()
	p := newProgress(&out, func() int { return 80 }, c.now)
	p.Silence()
	p.Track("train", "epochs")(1, 1)
	if out.Len() != 0 {
		t.Errorf("got %q, want nothing", out.String())
	}
}

func TestClockTime(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0:00": 0, "0:07": 7 * time.Second, "12:30": 750 * time.Second, "3:04:05": 11045 * time.Second,
	} {
		if got := clockTime(d); got != want {
			t.Errorf("clockTime(%v): got %q, want %q", d, got, want)
		}
	}
}

func TestRate(t *testing.T) {
	for want, perSecond := range map[string]float64{
		"2.5 cases/s": 2.5, "30.0 cases/min": 0.5, "36.0 cases/h": 0.01,
	} {
		if got := rate(perSecond, "cases"); got != want {
			t.Errorf("rate(%g): got %q, want %q", perSecond, got, want)
		}
	}
}
