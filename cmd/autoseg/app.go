package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"golang.org/x/term"
)

// app is what every verb works with: the streams, the global flags, the printer of progress.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	flags          globalFlags
	// precision is what prediction computes in: --precision of the verbs that have it.
	precision string
	// created are the folders that were made for output files, the deepest first.
	created []string
	// progress owns stderr: whatever else goes there is written through it, so that a message and
	// the progress line never mix.
	progress *progress
	// log takes messages and warnings; its level is --log-level.
	log *slog.Logger
	// colour says whether stderr is a terminal whose user did not set NO_COLOR (no-color.org).
	colour bool
	level  slog.LevelVar
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	width := terminalWidth(stderr)
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	a.progress = newProgress(stderr, width, time.Now)
	a.colour = wantsColour(width != nil, os.Getenv("NO_COLOR"), os.Getenv("TERM"))
	a.log = slog.New(newMessages(a.progress, &a.level))
	return a
}

// wantsColour says whether messages are coloured: on a terminal that can, unless its user said no in
// NO_COLOR (no-color.org).
func wantsColour(terminal bool, noColour, kind string) bool {
	return terminal && noColour == "" && kind != "dumb"
}

// terminalWidth returns a function that measures the terminal behind w, or nil if there is none.
func terminalWidth(w io.Writer) func() int {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return func() int {
		width, _, err := term.GetSize(int(file.Fd()))
		if err != nil {
			return 80
		}
		return width
	}
}

// threads returns the number of threads to use: --threads, or all that the process may use.
func (a *app) threads() int {
	if a.flags.threads > 0 {
		return a.flags.threads
	}
	return runtime.GOMAXPROCS(0)
}

// track returns a function that shows how far a piece of work is. It may be called from any goroutine.
func (a *app) track(title, unit string) func(done, total int) {
	return a.progress.Track(title, unit)
}

// printJSON writes v to stdout as one indented JSON document.
func (a *app) printJSON(v any) error {
	encoder := json.NewEncoder(a.stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("write the result to stdout: %w", err)
	}
	return nil
}

// printTable writes rows under a header to stdout.
func (a *app) printTable(header []any, rows [][]any) error {
	if _, err := fmt.Fprintln(a.stdout, tableText(header, rows)); err != nil {
		return fmt.Errorf("write the result to stdout: %w", err)
	}
	return nil
}

// summarise writes a table for people to stderr at the end of a verb whose result for scripts is a line.
func (a *app) summarise(header []any, rows [][]any) {
	if !a.flags.quiet && !a.flags.json {
		fmt.Fprintln(a.progress, tableText(header, rows))
	}
}

func tableText(header []any, rows [][]any) string {
	t := table.NewWriter()
	style := table.StyleLight
	style.Format.Header = 0 // leave the header's letters as they are
	t.SetStyle(style)
	t.AppendHeader(header)
	for _, row := range rows {
		t.AppendRow(row)
	}
	return t.Render()
}

// The colours of the ANSI terminal that messages use.
const red = "31"

// paint colours text for stderr, where colours are wanted.
func (a *app) paint(colour, text string) string {
	if !a.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
