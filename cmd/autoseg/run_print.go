package main

import (
	"fmt"
	"path/filepath"

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
