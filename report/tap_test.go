package report

import (
	"slices"
	"testing"
)

func TestTitleParts(t *testing.T) {
	for _, c := range []struct {
		name        string
		files, want []string
	}{
		{"one output", []string{"output_0"}, []string{"output"}},
		{"ten stages in their order", []string{"dsv.1", "dsv.10", "dsv.0", "gate0", "output_0"},
			[]string{"output", "attention of the gate", "side output 1 of 3, coarse to fine", "side output 2 of 3, coarse to fine", "side output 3 of 3, coarse to fine"}},
		{"DeconvNet", []string{"dec_act.0.2", "dec_act.1.1"}, []string{"decoder 1 of 2, coarse to fine", "decoder 2 of 2, coarse to fine"}},
		{"deep supervision", []string{"output_1", "output_0"}, []string{"output 1 of 2, fine to coarse", "output 2 of 2, fine to coarse"}},
		{"unknown last", []string{"a.0", "gate1", "gate0"}, []string{"attention of gate 1 of 2, coarse to fine", "attention of gate 2 of 2, coarse to fine", "a.0"}},
	} {
		var parts []watchPart
		for _, f := range c.files {
			parts = append(parts, watchPart{tap: parseTap(f)})
		}
		titleParts(parts)
		var got []string
		for _, p := range parts {
			got = append(got, p.Title)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
