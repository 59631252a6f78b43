package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// LogFile is the run's own log: a line for every stage that worked. It holds times, so it is no result and
// stands in no manifest.
const LogFile = "log.jsonl"

// Worked is a line of the run's log.
type Worked struct {
	// Time is when the stage ended.
	Time time.Time `json:"time"`
	// Stage is its name in the manifest, Seconds how long it worked, Failed why it ended early.
	Stage   string  `json:"stage"`
	Seconds float64 `json:"seconds"`
	Failed  string  `json:"failed,omitempty"`
	// PeakMemoryMB is the highest resident memory of the process until then, 0 where nobody measures it.
	PeakMemoryMB int64 `json:"peak_memory_mb,omitempty"`
	// Budget is the wall-clock budget of the run, if it had one, in seconds.
	Budget float64 `json:"budget,omitempty"`
	// Machine says in words what it worked on.
	Machine string `json:"machine,omitempty"`
}

// note appends a line about a stage to the log. A log that cannot be written stops nothing.
func (r *run) note(stage string, took time.Duration, failure error) {
	w := Worked{Time: r.Now().UTC().Truncate(time.Millisecond), Stage: stage, Seconds: took.Round(time.Millisecond).Seconds(), Budget: r.Budget.Seconds(), Machine: r.Machine}
	if failure != nil {
		w.Failed = "interrupted or failed" // its words could name a folder of the machine
	}
	if r.PeakMemory != nil {
		w.PeakMemoryMB = r.PeakMemory() / 1e6
	}
	if err := appendLine(filepath.Join(r.dir, LogFile), w); err != nil {
		r.log.Warn("the run's log could not be written", "reason", err)
	}
}

// spent returns how much of a budget earlier executions of a run folder have used up: those behind the last
// finished one, whose last stage is the report, with the same budget. The time of a stage that was killed
// is not known. Lines that cannot be read, such as one that a full disk cut off, do not count.
func spent(dir string, budget time.Duration) (time.Duration, error) {
	content, err := os.ReadFile(filepath.Join(dir, LogFile))
	if budget == 0 || errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	total := 0.0
	for line := range bytes.Lines(content) {
		var w Worked
		switch err := json.Unmarshal(line, &w); {
		case err != nil:
		case w.Stage == reportStage && w.Failed == "":
			total = 0
		case w.Budget == budget.Seconds():
			total += w.Seconds
		}
	}
	return time.Duration(total * float64(time.Second)), nil
}

func appendLine(path string, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("%s: %w", LogFile, err)
	}
	return nil
}

// ReadLog returns what every stage of a run took, added up over the times that it worked, in the order in
// which they worked first. Half a line at the end, left by a kill, is skipped.
func ReadLog(dir string) ([]Worked, error) {
	content, err := os.ReadFile(filepath.Join(dir, LogFile))
	if err != nil {
		return nil, fmt.Errorf("read the run's log: %w", err)
	}
	var all []Worked
	for line := range bytes.Lines(content) {
		var w Worked
		if json.Unmarshal(line, &w) != nil || w.Stage == "" {
			continue
		}
		if i := slices.IndexFunc(all, func(o Worked) bool { return o.Stage == w.Stage }); i >= 0 {
			w.Seconds += all[i].Seconds
			w.PeakMemoryMB = max(w.PeakMemoryMB, all[i].PeakMemoryMB)
			all[i] = w
			continue
		}
		all = append(all, w)
	}
	return all, nil
}
