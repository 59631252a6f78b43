package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/autoseg/autoseg/evaluate"
)

// printSummary writes one row per class and metric.
func printSummary(a *app, f evaluateFlags, s *evaluate.Summary) error {
	header := []any{"class", "metric", "mean", "95 % interval", "SD", "median", "IQR", "cases", "infinite"}
	var rows [][]any
	infinite := false
	for _, c := range s.Classes {
		for _, name := range s.Names() {
			t, ok := s.Statistics[c.Key][name]
			if !ok || name == "IoU" || name == "S2S" { // other names of Jaccard and ASSD
				continue
			}
			row := []any{c.Key, metricTitle(f, name), decimal(t.Mean), intervalText(t.Low, t.High), decimal(t.SD), decimal(t.Median),
				fmt.Sprintf("%s (%s to %s)", decimal(t.IQR()), decimal(t.Q1), decimal(t.Q3)), t.Cases, ""}
			if t.Infinite > 0 {
				infinite = true
				row[8] = fmt.Sprintf("%d; mean of the others %s", t.Infinite, decimal(t.MeanFinite))
			}
			rows = append(rows, row)
		}
	}
	if !infinite {
		header = header[:8]
		for i := range rows {
			rows[i] = rows[i][:8]
		}
	}
	if err := a.printTable(header, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "Mean over the classes: Dice %s, of %d cases. %s\n", decimal(s.Foreground["Dice"]), len(s.Cases), emptyNote(f))
	return err
}

func emptyNote(f evaluateFlags) string {
	if f.bothEmpty == string(evaluate.Perfect) {
		return "A class that neither reference nor prediction has counts as perfect."
	}
	return "A class that neither reference nor prediction has is left out of its mean."
}

// metricTitle names a metric with what it depends on.
func metricTitle(f evaluateFlags, name string) string {
	switch name {
	case "ASSD":
		return "ASSD = S2S [mm]"
	case "AVD":
		return map[string]string{
			string(evaluate.AVDVoxels): "AVD, voxels, larger [mm]", string(evaluate.AVDVoxelsMean): "AVD, voxels, mean [mm]",
			string(evaluate.AVDSurface): "AVD, surfaces, larger [mm]",
		}[f.avd]
	case "HD", "HD95":
		return name + " [mm]"
	case "SurfaceDice":
		return fmt.Sprintf("SurfaceDice at %g mm", f.tolerance)
	}
	return name
}

// decimal writes a number for a table.
func decimal(v float64) string {
	switch {
	case math.IsNaN(v):
		return "undefined"
	case math.IsInf(v, 0):
		return "infinite"
	}
	return fmt.Sprintf("%.4f", v)
}

func intervalText(low, high float64) string {
	if math.IsNaN(low) {
		return "undefined"
	}
	return decimal(low) + " to " + decimal(high)
}

func printDifferences(a *app, f evaluateFlags, differences []evaluate.Difference) error {
	header := []any{"class", "metric", "mean difference", "95 % interval", "pairs", "p (signed rank)"}
	var rows [][]any
	for _, d := range differences {
		if d.Metric == "IoU" || d.Metric == "S2S" {
			continue
		}
		rows = append(rows, []any{d.Class, metricTitle(f, d.Metric), decimal(d.Mean), intervalText(d.Low, d.High), d.Pairs, fmt.Sprintf("%.4g", d.Test.TwoSided)})
	}
	if err := a.printTable(header, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "Differences are %s minus %s, case by case.\n", f.prediction, f.compare)
	return err
}

func differencesJSON(differences []evaluate.Difference) []any {
	list := []any{}
	for _, d := range differences {
		list = append(list, map[string]any{
			"class": d.Class, "metric": d.Metric, "pairs": d.Pairs, "mean": evaluate.Number(d.Mean),
			"ci95":     []any{evaluate.Number(d.Low), evaluate.Number(d.High)},
			"wilcoxon": map[string]any{"n": d.Test.N, "w": d.Test.W, "p": d.Test.TwoSided, "p_greater": d.Test.Greater, "p_less": d.Test.Less},
		})
	}
	return list
}

// spreadText writes a median with its quartiles.
func spreadText(s evaluate.Spread) string {
	return fmt.Sprintf("%s (%s to %s)", decimal(s.Median), decimal(s.Q1), decimal(s.Q3))
}

func printRanking(a *app, r *evaluate.Ranking) error {
	header := []any{"rank", "model", "mean rank", "Dice: median (IQR)"}
	surface := slices.ContainsFunc(r.Comparisons, func(c evaluate.Comparison) bool { return c.Metric == "SurfaceDice" })
	if surface {
		header = append(header, "SurfaceDice: median (IQR)")
	}
	for _, c := range r.Comparisons {
		header = append(header, fmt.Sprintf("%s %s", c.Metric, c.Class))
	}
	var rows [][]any
	for _, m := range r.Models {
		row := []any{m.Rank, m.Name, fmt.Sprintf("%.2f", m.MeanRank), spreadText(m.Medians["Dice"])}
		if surface {
			row = append(row, spreadText(m.Medians["SurfaceDice"]))
		}
		for i, rank := range m.Ranks {
			row = append(row, fmt.Sprintf("%d (beats %d)", rank, m.Wins[i]))
		}
		rows = append(rows, row)
	}
	if err := a.printTable(header, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "Ranked by %s; \"beats\" counts the models that are worse by a one-sided signed-rank test (p < %g). Equal models share a rank.\n", r.By, evaluate.Significance)
	return err
}

func rankingJSON(r *evaluate.Ranking) map[string]any {
	models := []any{}
	for _, m := range r.Models {
		medians, ranks := map[string]any{}, []any{}
		for name, s := range m.Medians {
			medians[name] = map[string]any{"median": evaluate.Number(s.Median), "q1": evaluate.Number(s.Q1), "q3": evaluate.Number(s.Q3), "iqr": evaluate.Number(s.Q3 - s.Q1)}
		}
		for i, c := range r.Comparisons {
			ranks = append(ranks, map[string]any{"class": c.Class, "metric": c.Metric, "rank": m.Ranks[i], "beats": m.Wins[i]})
		}
		models = append(models, map[string]any{"rank": m.Rank, "model": m.Name, "mean_rank": m.MeanRank, "metrics": medians, "ranks": ranks})
	}
	return map[string]any{"ranked_by": string(r.By), "ranking": models}
}
