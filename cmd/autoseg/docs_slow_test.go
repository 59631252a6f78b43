//go:build slow

package main

import (
	"regexp"
	"strings"
	"testing"
)

var budget = regexp.MustCompile(`--budget \S+`)

// TestSlowDocumentedCommandsRun executes the documents that show long commands, those included; budgets are
// cut to the least that there is. The demo itself is TestSlowDemo's.
func TestSlowDocumentedCommandsRun(t *testing.T) {
	demo := demoFolder(t)
	for file, blocks := range documents(t) {
		lines := budget.ReplaceAllString(script(blocks, executed, long), "--budget 1s")
		if lines = strings.ReplaceAll(lines, "autoseg demo\n", "\n"); script(blocks, long) != "" {
			t.Run(file, func(t *testing.T) { inShell(t, demo, lines) })
		}
	}
}
