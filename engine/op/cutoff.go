package op

import "slices"

// cutoff keeps the largest of many numbers, in one walk over them in the order they were given in.
type cutoff struct {
	count int     // how many are kept
	least float64 // the smallest of them
	ties  int     // how many equal to the smallest are still to be kept
}

// newCutoff keeps a share of the numbers, rounded down and at least one. It sorts them.
func newCutoff(numbers []float64, share float64) *cutoff {
	c := &cutoff{count: min(len(numbers), max(1, int(share*float64(len(numbers)))))}
	if c.count == 0 {
		return c
	}
	slices.Sort(numbers)
	kept := numbers[len(numbers)-c.count:]
	c.least = kept[0]
	for c.ties < len(kept) && kept[c.ties] == c.least {
		c.ties++
	}
	return c
}

// keeps reports whether the next number is kept; of equal ones at the limit, the first are. A nil cutoff
// keeps all.
func (c *cutoff) keeps(number float64) bool {
	switch {
	case c == nil || number > c.least:
		return true
	case number == c.least && c.ties > 0:
		c.ties--
		return true
	}
	return false
}
