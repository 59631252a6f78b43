package report

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/plans"
)

// load reads everything that the run folder holds so far.
func load(s Source) (*page, error) {
	p := &page{Title: nameOf(s.Run), Program: s.Program}
	if s.Dataset != nil {
		p.Title = s.Dataset.Name
		p.Facts = append(p.Facts, datasetFacts(s)...)
	}
	for _, part := range []func(*page, Source) error{
		loadFingerprint, loadIntensities, loadPlan, loadModels, compareNetworks, loadSelection, loadPredictions, loadQuality,
		loadManifest, loadTimes,
	} {
		if err := part(p, s); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	p.Cards = cards(p, s)
	return p, nil
}

func loadPlan(p *page, s Source) error {
	plan, err := plans.Read(filepath.Join(s.Run, "plan.yaml"))
	if err != nil {
		return err
	}
	for _, d := range plan.Decisions() {
		if d.Value != "" {
			p.Decisions = append(p.Decisions, d)
		}
	}
	return nil
}

func loadPredictions(p *page, s Source) error {
	dir := filepath.Join(s.Run, "predictions")
	var err error
	if p.Test, err = optional(s, dir); err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(dir, "volumes.csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 {
		return fmt.Errorf("predictions/volumes.csv: %w", err)
	}
	names := rows[0]
	for i := 1; i < len(names); i++ {
		names[i] = "#" + names[i]
	}
	p.Volumes = &table{Head: columns(names...)}
	for _, r := range rows[1:] {
		cells := make([]cell, len(r))
		for i, v := range r {
			cells[i] = text(v)
		}
		p.Volumes.add("", cells...)
	}
	return nil
}

// cards are the numbers that a reader looks for first.
func cards(p *page, s Source) []card {
	var all []card
	for _, m := range p.Models {
		chosen := p.Selection == nil && len(p.Models) == 1 || p.Selection != nil && p.Selection.model == m.Name
		if chosen && m.Result != nil {
			o := m.Result.overall
			all = append(all, card{number(o.Mean), "Dice in cross-validation, " + m.Name, "95 % interval " + between(o.Low, o.High)})
		}
	}
	if p.Test != nil {
		o := p.Test.overall
		all = append(all, card{number(o.Mean), "Dice on the test images", fmt.Sprintf("%d cases, %s", o.Cases, between(o.Low, o.High))})
	}
	if s.Dataset != nil {
		all = append(all, card{fmt.Sprint(len(s.Dataset.Cases)), "training cases", fmt.Sprintf("%d channels, %d classes", len(s.Dataset.Channels), len(s.Dataset.Labelling.Foreground()))})
	}
	if p.Volumes != nil {
		c := card{fmt.Sprint(len(p.Volumes.Rows)), "predictions", ""}
		if p.Quality != nil {
			c.Note = fmt.Sprintf("%d with quality flags", flagged(p.Quality))
		}
		all = append(all, c)
	}
	total, peak := 0.0, int64(0)
	for _, t := range p.Times {
		total, peak = total+t.Seconds, max(peak, t.Memory)
	}
	if total > 0 {
		c := card{duration(total), "of work", ""}
		if peak > 0 {
			c.Note = fmt.Sprintf("at most %d MB of memory", peak)
		}
		all = append(all, c)
	}
	return all
}

func flagged(t *table) int {
	n := 0
	for _, r := range t.Rows {
		if r.Class == "flagged" {
			n++
		}
	}
	return n
}
