package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/autoseg/autoseg/predict"
)

// predictOutcome is what the verb prints.
type predictOutcome struct {
	Written []predictedCase  `json:"written"`
	Memory  predict.Schedule `json:"memory"`

	output  string
	started bool
}

type predictedCase struct {
	Case  string   `json:"case"`
	Flags []string `json:"flags"`
}

// flagWidth is how many columns the reasons to look at a case take; with a case of usual length beside them the table
// stays within a hundred.
const flagWidth = 72

func (o *predictOutcome) print(a *app) error {
	if a.flags.json {
		return a.printJSON(o)
	}
	var rows [][]any
	for _, c := range o.Written {
		var flags []string
		for _, flag := range c.Flags {
			flags = append(flags, text.WrapSoft(flag, flagWidth))
		}
		rows = append(rows, []any{c.Case, cmp.Or(strings.Join(flags, "\n"), "-")})
	}
	a.summarise([]any{"Predicted", "look at it because"}, rows)
	_, err := fmt.Fprintf(a.stdout, "%d segmentations written to %s\n", len(o.Written), o.output)
	return err
}

// announceMemory prints the plan before the run.
func (a *app) announceMemory(s predict.Schedule) {
	if s.Case == "" {
		return
	}
	m := s.Plan
	a.log.Info("memory at most "+predict.Bytes(s.Peak), "case", s.Case, "network", predict.Bytes(m.Program), "logits", predict.Bytes(m.Logits),
		"image", predict.Bytes(m.Image), "labels", predict.Bytes(m.Labels), "preprocessing", predict.Bytes(m.Preprocessing), "overlap", s.Overlap)
}

// memorySize reads a flag like 4GB. Units are powers of ten (MB, GB) or of two (MiB, GiB).
func memorySize(flag, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	units := []struct {
		name  string
		bytes float64
	}{{"GIB", 1 << 30}, {"MIB", 1 << 20}, {"GB", 1e9}, {"MB", 1e6}}
	upper := strings.ToUpper(strings.TrimSpace(text))
	for _, u := range units {
		number, found := strings.CutSuffix(upper, u.name)
		if !found {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(v > 0 && v < 1e9) {
			break
		}
		return int64(v * u.bytes), nil
	}
	return 0, usagef("%s %q: want a size like 4GB, 3500MB or 4GiB", flag, text)
}
