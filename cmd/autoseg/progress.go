package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// On a terminal the progress line is redrawn at most ten times a second; elsewhere, where every line
// stays in a log, one is written when the work starts to take time and then rarely.
const (
	terminalInterval = 100 * time.Millisecond
	firstLineAfter   = 2 * time.Second
	lineInterval     = 15 * time.Second
)

// progress shows how far long work is: one line that is redrawn on a terminal, or a line now and
// then. It is also the writer through which everything else reaches the same stream.
type progress struct {
	mutex   sync.Mutex
	out     io.Writer
	width   func() int // nil when out is not a terminal
	now     func() time.Time
	silent  bool
	drawn   bool      // the terminal's last line is a progress line
	last    time.Time // of the last line
	current *work
}

// work is one piece of work that is being tracked.
type work struct {
	title, unit string
	started     time.Time
	// base is how much was done at started: work that is resumed does not start at zero, and its
	// speed must not count what an earlier process did. Work that reports 0 starts then.
	base     int
	reported bool
}

func newProgress(out io.Writer, width func() int, now func() time.Time) *progress {
	return &progress{out: out, width: width, now: now}
}

// Silence turns the progress lines off; what is written through Write still appears.
func (p *progress) Silence() { p.silent = true }

// Write prints a message, the progress line being wiped away first.
func (p *progress) Write(message []byte) (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.wipe()
	return p.out.Write(message)
}

// Track starts a piece of work and returns the function that reports how much of it is done.
func (p *progress) Track(title, unit string) func(done, total int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	w := &work{title: title, unit: unit, started: p.now()}
	p.current, p.last = w, time.Time{}
	return func(done, total int) {
		p.mutex.Lock()
		defer p.mutex.Unlock()
		p.current = w
		p.step(done, total)
	}
}

// Done ends the progress line, so that the next message starts on a line of its own.
func (p *progress) Done() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.wipe()
}

func (p *progress) step(done, total int) {
	now, w := p.now(), p.current
	if !w.reported && done != 1 {
		w.base, w.started = done, now
	}
	w.reported = true
	if p.silent || !p.due(now, done >= total) {
		return
	}
	p.last = now
	line := w.line(done, total, now.Sub(w.started))
	if p.width == nil {
		fmt.Fprintln(p.out, line)
		return
	}
	if limit := p.width() - 1; len(line) > limit && limit > 0 {
		line = line[:limit] // a longer line would wrap, and \r would not reach its start
	}
	fmt.Fprint(p.out, "\r\x1b[K"+line)
	p.drawn = true
}

// due decides whether a line is worth printing now. The last step always is on a terminal, and
// elsewhere if the work took long enough for a line before.
func (p *progress) due(now time.Time, finished bool) bool {
	switch {
	case p.width != nil:
		return finished || now.Sub(p.last) >= terminalInterval
	case p.last.IsZero():
		return now.Sub(p.current.started) >= firstLineAfter
	}
	return finished || now.Sub(p.last) >= lineInterval
}

func (p *progress) wipe() {
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.drawn = false
	}
}

// line words the state: "train 3d_fullres fold 0: 12/50 epochs (24%), 1.5 epochs/min, 25:20 left".
func (w *work) line(done, total int, elapsed time.Duration) string {
	line := fmt.Sprintf("%s: %d/%d %s (%d%%)", w.title, done, total, w.unit, 100*done/max(total, 1))
	fresh := done - w.base
	if fresh <= 0 || elapsed <= 0 {
		return line
	}
	line += ", " + rate(float64(fresh)/elapsed.Seconds(), w.unit)
	if done >= total {
		return line + ", took " + clockTime(elapsed)
	}
	left := time.Duration(float64(elapsed) / float64(fresh) * float64(total-done))
	return line + ", " + clockTime(left) + " left"
}

// rate words a speed with the unit of time that leaves a readable number.
func rate(perSecond float64, unit string) string {
	switch {
	case perSecond >= 1:
		return fmt.Sprintf("%.1f %s/s", perSecond, unit)
	case perSecond*60 >= 1:
		return fmt.Sprintf("%.1f %s/min", perSecond*60, unit)
	}
	return fmt.Sprintf("%.1f %s/h", perSecond*3600, unit)
}

// clockTime words a duration as 0:07, 12:30 or 3:04:05.
func clockTime(d time.Duration) string {
	seconds := int(d.Round(time.Second).Seconds())
	if seconds < 3600 {
		return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}
