package report

import (
	"fmt"
	"html/template"
	"math"
)

// table is a table that scripts may sort and filter.
type table struct {
	Head []head
	Rows []row
}

// head is a column; those of numbers are aligned to the right.
type head struct {
	Text   string
	Number bool
}

// row is a line; its class is total (stays below when sorted), flagged or chosen.
type row struct {
	Class string
	Cells []cell
}

// cell is a text, or a drawn interval.
type cell struct {
	Text  string
	Sort  string // what it is sorted by, if not by its text
	Style template.CSS
	Range *interval
	Whole bool // not broken into lines
}

// interval is drawn as a band with a dot on an axis from 0 to 1; all in percent.
type interval struct{ Low, Width, At string }

// columns makes heads; a name that begins with # is one of numbers.
func columns(names ...string) []head {
	heads := make([]head, len(names))
	for i, name := range names {
		if name != "" && name[0] == '#' {
			heads[i] = head{name[1:], true}
		} else {
			heads[i] = head{name, false}
		}
	}
	return heads
}

func (t *table) add(class string, cells ...cell) { t.Rows = append(t.Rows, row{class, cells}) }

func text(s string) cell { return cell{Text: s} }

// whole is a text that is not broken into lines.
func whole(s string) cell { return cell{Text: s, Whole: true} }

// measured is a number with three decimals, sorted by its full value. What is undefined sorts last.
func measured(v float64) cell {
	c := cell{Text: number(v)}
	if !math.IsNaN(v) && !math.IsInf(v, 0) {
		c.Sort = fmt.Sprintf("%.9g", v)
	}
	return c
}

// graded is a Dice on a coloured ground.
func graded(v float64) cell {
	c := measured(v)
	c.Style = grade(v)
	return c
}

// drawn is the interval of a spread on the axis from 0 to 1.
func drawn(s spread) cell {
	if math.IsNaN(s.Mean) {
		return text("–")
	}
	percent := func(v float64) string { return fmt.Sprintf("%.2f", 100*math.Max(0, math.Min(1, v))) }
	return cell{Sort: fmt.Sprintf("%.9g", s.Mean), Range: &interval{percent(s.Low), percent(s.High - s.Low), percent(s.Mean)}}
}
