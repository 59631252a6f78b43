package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/internal/fault"
)

// runRank ranks the models whose summaries are named.
func runRank(a *app, f evaluateFlags, paths []string) error {
	if err := oneOf("--rank-by", f.rankBy, []string{string(evaluate.BySignificance), string(evaluate.ByMedian)}); err != nil {
		return err
	}
	var summaries []*evaluate.Summary
	for i, path := range paths {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			path = filepath.Join(path, "summary.json")
		}
		if slices.ContainsFunc(paths[:i], func(p string) bool { return sameFile(p, path) }) {
			return usagef("%s is named twice; rank every model once", path)
		}
		s, err := evaluate.Read(path)
		if err != nil {
			return fault.Input(err)
		}
		summaries = append(summaries, s)
		paths[i] = path
	}
	r, err := evaluate.Rank(modelNames(paths), summaries, evaluate.RankBy(f.rankBy))
	if err != nil {
		return fault.Input(err)
	}
	if a.flags.json {
		return a.printJSON(rankingJSON(r))
	}
	return printRanking(a, r)
}

// modelNames names summaries by the parts of their paths that tell them apart: what all begin and end
// with is left out.
func modelNames(paths []string) []string {
	parts := make([][]string, len(paths))
	for i, path := range paths {
		parts[i] = strings.Split(filepath.ToSlash(filepath.Clean(path)), "/")
	}
	for shared(parts, func(p []string) string { return p[0] }) {
		for i := range parts {
			parts[i] = parts[i][1:]
		}
	}
	for shared(parts, func(p []string) string { return p[len(p)-1] }) {
		for i := range parts {
			parts[i] = parts[i][:len(parts[i])-1]
		}
	}
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = strings.Join(p, "/")
	}
	return names
}

// shared reports whether all have more than one part and the same one at a place.
func shared(parts [][]string, of func([]string) string) bool {
	for _, p := range parts {
		if len(p) < 2 || of(p) != of(parts[0]) {
			return false
		}
	}
	return true
}
