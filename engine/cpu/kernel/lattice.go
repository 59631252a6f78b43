package kernel

import "math"

// lattice is a regular subset of a result's pixels whose pixels all read the input through the same
// taps: a convolution has one, its gradient with respect to the input one per parity of the stride.
type lattice struct {
	axes  [3]axis
	tiles []tile
	class [2][]int // per z and y position, which table applies
	// tables holds the tap table of each tile by z class and y class.
	tables [][][][]tapEntry
}

// forwardLattice is the whole result of a convolution.
func forwardLattice(s Shape) *lattice {
	l := &lattice{}
	out := s.Output()
	for i := range l.axes {
		a := axis{n: out[i], every: 1, step: s.Stride[i], inputs: s.Extent[i]}
		for k := range s.Kernel[i] {
			a.taps = append(a.taps, axisTap{k, k - s.Pad[i]})
		}
		l.axes[i] = a
	}
	return l
}

// gradLattices returns the classes of pixels of a convolution's input gradient. Pixel p of class c has
// gradients through the taps k with (p + pad - k) divisible by the stride, the same ones for the whole
// class, at pixel (p + pad - k)/stride of dy.
func gradLattices(s Shape) []*lattice {
	var list []*lattice
	for z := range s.Stride[0] {
		for y := range s.Stride[1] {
			for x := range s.Stride[2] {
				l := &lattice{}
				for i, class := range [3]int{z, y, x} {
					l.axes[i] = gradAxis(s, i, class)
				}
				if l.axes[0].n > 0 && l.axes[1].n > 0 && l.axes[2].n > 0 {
					list = append(list, l)
				}
			}
		}
	}
	return list
}

func gradAxis(s Shape, i, class int) axis {
	stride := s.Stride[i]
	a := axis{first: class, every: stride, step: 1, inputs: s.Output()[i]}
	a.n = max(0, ceil(s.Extent[i]-class, stride))
	for k := range s.Kernel[i] {
		if v := class + s.Pad[i] - k; v%stride == 0 {
			a.taps = append(a.taps, axisTap{k, v / stride})
		}
	}
	return a
}

// build cuts rows into tiles and writes the tap tables. kernel is the convolution's, input the extent of
// what is read.
func (l *lattice) build(rows int, kernel, input [3]int) {
	l.tiles = l.axes[2].tiles(rows)
	var sets [2][]uint32
	for i := range 2 {
		l.class[i], sets[i] = l.axes[i].classes()
	}
	l.tables = make([][][][]tapEntry, len(sets[0]))
	for z, zset := range sets[0] {
		l.tables[z] = make([][][]tapEntry, len(sets[1]))
		for y, yset := range sets[1] {
			for _, t := range l.tiles {
				l.tables[z][y] = append(l.tables[z][y], l.table(t, zset, yset, kernel, input))
			}
		}
	}
}

// classes numbers the different sets of valid taps along an axis.
func (a *axis) classes() (class []int, sets []uint32) {
	number := map[uint32]int{}
	for i := range a.n {
		set := a.valid(i)
		c, known := number[set]
		if !known {
			c = len(sets)
			number[set], sets = c, append(sets, set)
		}
		class = append(class, c)
	}
	return class, sets
}

func (l *lattice) table(t tile, zset, yset uint32, kernel, input [3]int) []tapEntry {
	var table []tapEntry
	for j, z := range l.axes[0].taps {
		for k, y := range l.axes[1].taps {
			if zset>>j&1 == 0 || yset>>k&1 == 0 {
				continue
			}
			for _, x := range t.taps {
				table = append(table, tapEntry{
					x:    int32(((z.shift*input[1]+y.shift)*input[2] + x.shift) * pixel),
					w:    int32(((z.index*kernel[1]+y.index)*kernel[2] + x.index) * wtapB),
					kind: x.kind,
				})
			}
		}
	}
	return ahead(table, volume(input)*pixel)
}

// prefetched is the number of taps that the kernels of stride 2 fetch ahead: every input is then new to
// the caches, and the distance between pixels is too large for the processor's own prefetching.
const prefetched = 2

// ahead adds what the next input block begins with, for fetching ahead.
func ahead(table []tapEntry, block int) []tapEntry {
	if block > math.MaxInt32/2 {
		block = 0 // offsets are 32-bit; fetching the wrong pixels is slow, not wrong
	}
	for i := range min(len(table), 1) * prefetched {
		t := table[min(i, len(table)-1)]
		t.x += int32(block)
		table = append(table, t)
	}
	return table
}
