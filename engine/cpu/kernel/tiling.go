package kernel

// axisTap is a tap along one axis: kernel index and displacement of the input position.
type axisTap struct{ index, shift int }

// axis describes how the positions of a result relate to those of the input along one axis: position i
// reads the input at i*step+shift of every tap, where that lies in [0, inputs).
type axis struct {
	first, n int // place of position 0 in the result, number of positions
	every    int // distance of neighbouring positions in the result
	step     int
	inputs   int
	taps     []axisTap
}

// valid returns the set of taps with an input at a position.
func (a *axis) valid(position int) uint32 {
	var set uint32
	for j, t := range a.taps {
		if v := position*a.step + t.shift; v >= 0 && v < a.inputs {
			set |= 1 << j
		}
	}
	return set
}

// tile is a range of positions of a row, with the taps that apply.
type tile struct {
	first, n int
	taps     []tileTap
}

type tileTap struct {
	axisTap
	kind int32
}

// tiles cuts a row into tiles of at most rows positions, nearly equal ones where possible: 64 is
// 13+13+13+13+12, never 14+14+14+14+8. A tap of a tile may miss the first or the last position, no
// others, so the outer positions of wide kernels become tiles of their own.
func (a *axis) tiles(rows int) []tile {
	if a.step > 2 {
		rows = 1
	}
	full := uint32(1)<<len(a.taps) - 1
	lead, tail := 0, 0
	for lead < a.n && a.valid(lead) != full {
		lead++
	}
	for tail < a.n-lead && a.valid(a.n-1-tail) != full {
		tail++
	}
	lead, tail = max(0, lead-1), max(0, tail-1)
	var list []tile
	for i := range lead {
		list = a.appendTile(list, i, 1)
	}
	for _, r := range split(a.n-lead-tail, rows) {
		list = a.appendTile(list, lead+r.first, r.n)
	}
	for i := range tail {
		list = a.appendTile(list, a.n-tail+i, 1)
	}
	return list
}

// appendTile adds positions [first, first+n) as one tile, or as single ones where a tap misses more.
func (a *axis) appendTile(list []tile, first, n int) []tile {
	t, ok := a.tile(first, n)
	if ok {
		return append(list, t)
	}
	for i := range n {
		t, _ := a.tile(first+i, 1)
		list = append(list, t)
	}
	return list
}

func (a *axis) tile(first, n int) (tile, bool) {
	t := tile{first: first, n: n}
	for j, tap := range a.taps {
		missing, at := 0, 0
		for i := range n {
			if a.valid(first+i)>>j&1 == 0 {
				missing, at = missing+1, i
			}
		}
		switch {
		case missing == n:
		case missing == 0:
			t.taps = append(t.taps, tileTap{tap, allPixels})
		case missing == 1 && at == 0:
			t.taps = append(t.taps, tileTap{tap, exceptFirst})
		case missing == 1 && at == n-1:
			t.taps = append(t.taps, tileTap{tap, exceptLast})
		default:
			return t, false
		}
	}
	return t, true
}

// run is a range of numbers.
type run struct{ first, n int }

// split cuts n into ceil(n/most) nearly equal runs, longer ones first.
func split(n, most int) []run {
	count := ceil(n, most)
	list := make([]run, 0, count)
	for i, at := 0, 0; i < count; i++ {
		m := ceil(n-at, count-i)
		list = append(list, run{at, m})
		at += m
	}
	return list
}
