package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/autoseg/autoseg/pipeline"
)

// printRun shows what came out of a finished run.
func (a *app) printRun(dir string) error {
	o, err := pipeline.ReadOutcome(dir)
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.printJSON(o)
	}
	var rows [][]any
	for _, c := range o.Classes {
		rows = append(rows, []any{c.Name, diceText(c.CrossValidation), diceText(c.Test)})
	}
	if err := a.printTable([]any{"Dice of " + o.Selected, "validation", "test"}, rows); err != nil {
		return err
	}
	a.summarise([]any{"Stage", "time", "peak memory so far"}, stageTimes(dir))
	a.log.Info("open the report", "file", filepath.Join(dir, "report.html"))
	_, err = fmt.Fprintf(a.stdout, "%d predictions in %s\n", o.Predictions, filepath.Join(dir, "predictions"))
	return err
}

// diceText words a Dice; a missing one is a dash.
func diceText(dice *float64) string {
	if dice == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f", *dice)
}

// stageTimes sums up the run's log: what every stage took, in the order in which they worked first.
func stageTimes(dir string) [][]any {
	worked, err := pipeline.ReadLog(dir)
	if err != nil {
		return nil // a run of an older version has none
	}
	var rows [][]any
	total := 0.0
	for _, w := range worked {
		total += w.Seconds
		memory := "-"
		if w.PeakMemoryMB > 0 {
			memory = fmt.Sprintf("%d MB", w.PeakMemoryMB)
		}
		rows = append(rows, []any{w.Stage, clockTime(time.Duration(w.Seconds * float64(time.Second))), memory})
	}
	return append(rows, []any{"all", clockTime(time.Duration(total * float64(time.Second))), ""})
}
