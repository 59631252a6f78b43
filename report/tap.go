package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// tap is a file name of a watched layer, such as gate0, dsv.2, output_1 or dec_act.3.1, taken apart.
type tap struct {
	name string
	// kind is a place in tapKinds, or behind them for a name that is none of these.
	kind, stage int
}

// tapKinds are the layers that a training can be watched at (docs/formats.md), in the page's order.
var tapKinds = []struct {
	name                *regexp.Regexp
	alone, title, order string
}{
	{regexp.MustCompile(`^output_(\d+)$`), "output", "output", "fine to coarse"},
	{regexp.MustCompile(`^gate(\d+)$`), "attention of the gate", "attention of gate", "coarse to fine"},
	{regexp.MustCompile(`^dsv\.(\d+)$`), "side output", "side output", "coarse to fine"},
	{regexp.MustCompile(`^dec_act\.(\d+)\.\d+$`), "decoder", "decoder", "coarse to fine"},
}

func parseTap(name string) tap {
	for kind, k := range tapKinds {
		if m := k.name.FindStringSubmatch(name); m != nil {
			if stage, err := strconv.Atoi(m[1]); err == nil {
				return tap{name, kind, stage}
			}
		}
	}
	return tap{name, len(tapKinds), 0}
}

// titleParts orders a fold's watched layers and names them in words: "side output 2 of 4, coarse to fine".
func titleParts(parts []watchPart) {
	slices.SortFunc(parts, func(a, b watchPart) int {
		return cmp.Or(a.tap.kind-b.tap.kind, a.tap.stage-b.tap.stage, cmp.Compare(a.tap.name, b.tap.name))
	})
	of := make([]int, len(tapKinds)+1)
	for _, p := range parts {
		of[p.tap.kind]++
	}
	rank := make([]int, len(of))
	for i := range parts {
		p := &parts[i]
		rank[p.tap.kind]++
		if p.tap.kind == len(tapKinds) {
			p.Title = p.tap.name
			continue
		}
		k, n := tapKinds[p.tap.kind], of[p.tap.kind]
		p.Title = k.alone
		if n > 1 {
			p.Title = fmt.Sprintf("%s %d of %d, %s", k.title, rank[p.tap.kind], n, k.order)
		}
	}
}
