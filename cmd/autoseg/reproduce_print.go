package main

import (
	"fmt"

	"github.com/autoseg/autoseg/submission/reproduce"
)

// printReproduction shows what was compared, stage by stage, and returns an error if anything differs.
func (a *app) printReproduction(r *reproduce.Report) error {
	if a.flags.json {
		if err := a.printJSON(r); err != nil {
			return err
		}
		return reproductionError(r)
	}
	if !r.SameLevel {
		fmt.Fprintf(a.stdout, "The run was made on %s, this is %s: segmentations are compared by Dice, not byte for byte.\n", r.Recorded, r.Here)
	}
	if err := a.printTable([]any{"stage", "compared", "equal", "alike", "mean Dice", "different"}, stageRows(r)); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, "Not compared:")
	for _, s := range r.Skipped {
		fmt.Fprintf(a.stdout, "  %s: %s\n", s.What, s.Reason)
	}
	if err := reproductionError(r); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "Reproduced: all %d results that were compared are %s.\n", len(r.Artefacts), verdict(r))
	return err
}

func verdict(r *reproduce.Report) string {
	if r.Count(reproduce.Alike) > 0 {
		return "equal or alike"
	}
	return "equal"
}

func reproductionError(r *reproduce.Report) error {
	first := r.First()
	if first == nil {
		return nil
	}
	n := len(r.Artefacts) - r.Count(reproduce.Equal) - r.Count(reproduce.Alike)
	return fmt.Errorf("not reproduced: %d of %d results are not the same; the first is %s of stage %s: %s",
		n, len(r.Artefacts), first.File, first.Stage, first.State)
}

// stageRows counts the artefacts of every stage.
func stageRows(r *reproduce.Report) [][]any {
	var rows [][]any
	for from := 0; from < len(r.Artefacts); {
		to := from
		part := reproduce.Report{}
		sum, measured := 0.0, 0
		for ; to < len(r.Artefacts) && r.Artefacts[to].Stage == r.Artefacts[from].Stage; to++ {
			part.Artefacts = append(part.Artefacts, r.Artefacts[to])
			if d := r.Artefacts[to].Dice; d != nil {
				sum, measured = sum+*d, measured+1
			}
		}
		dice := "-"
		if measured > 0 {
			dice = fmt.Sprintf("%.3f", sum/float64(measured))
		}
		equal, alike := part.Count(reproduce.Equal), part.Count(reproduce.Alike)
		rows = append(rows, []any{r.Artefacts[from].Stage, to - from, equal, alike, dice, to - from - equal - alike})
		from = to
	}
	return rows
}
