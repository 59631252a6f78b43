package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/predict"
)

const qualityEnding = ".quality.json"

// loadQuality lists the quality files beside the predictions, those with flags first.
func loadQuality(p *page, s Source) error {
	paths, err := filepath.Glob(filepath.Join(s.Run, "predictions", "*"+qualityEnding))
	if err != nil || len(paths) == 0 {
		return err
	}
	t := &table{Head: columns("case", "flags", "#agreement of the folds", "#of the ensemble's models", "#spacing ratio z, y, x", "#extent ratio z, y, x", "#intensities inside the training range")}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var q predict.Quality
		if err := json.Unmarshal(content, &q); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		class := ""
		if len(q.Flags) > 0 {
			class = "flagged"
		}
		t.add(class, text(strings.TrimSuffix(filepath.Base(path), qualityEnding)), text(flagWords(q.Flags)), maybe(q.MeanAgreement), maybe(q.MeanMembers),
			text(ratios(q.Distance.Spacing.Ratio)), text(ratios(q.Distance.Extent.Ratio)), text(inside(q.Distance.Intensities)))
	}
	slices.SortStableFunc(t.Rows, func(a, b row) int { return strings.Compare(b.Class, a.Class) })
	p.Quality = t
	return nil
}

func flagWords(flags []string) string {
	if len(flags) == 0 {
		return "none"
	}
	return strings.Join(flags, "; ")
}

// ratios words how far an image lies from the training cases along each axis; 0 is unknown.
func ratios(r [3]float64) string {
	words := make([]string, 3)
	for i, v := range r {
		if words[i] = "–"; v > 0 {
			words[i] = fmt.Sprintf("%.2f", v)
		}
	}
	return strings.Join(words, ", ")
}

func inside(all []predict.IntensityDistance) string {
	if len(all) == 0 {
		return "–"
	}
	var words []string
	for _, c := range all {
		words = append(words, fmt.Sprintf("%.0f %%", 100*c.Inside))
	}
	return strings.Join(words, ", ")
}
