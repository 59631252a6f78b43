package main

import (
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestManyFlagsStayReadable prints a case with several reasons to look at it: every reason begins a line, a long one
// is broken between words, and no line is wider than a hundred columns.
func TestManyFlagsStayReadable(t *testing.T) {
	flags := []string{
		"the spacing along z, 10 mm, is 10 times that of the training cases",
		"the intensities of channel 0 lie far from those of the training cases, whose median and percentiles are others by a lot",
		"the folds agree little",
	}
	var errs strings.Builder
	a := newApp(strings.NewReader(""), io.Discard, &errs)
	o := &predictOutcome{Written: []predictedCase{{Case: "hippocampus_001", Flags: flags}, {Case: "hippocampus_002"}}, output: "out"}
	if err := o.print(a); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(errs.String()) {
		if n := utf8.RuneCountInString(strings.TrimSpace(line)); n > 100 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
	for _, want := range []string{"│ hippocampus_001 │ the spacing", "│                 │ the intensities", "│                 │ the folds agree little", "│ hippocampus_002 │ - "} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("no line %q in\n%s", want, errs.String())
		}
	}
}
