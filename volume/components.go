package volume

// Connectivity says which voxels are neighbours: the number of axes along which their indices may
// differ, by one each.
type Connectivity int

// The connectivities of a cubic grid: 6, 18 and 26 neighbours, or 4, 8 and 8 within one slice.
const (
	Faces   Connectivity = 1
	Edges   Connectivity = 2
	Corners Connectivity = 3
)

// ComponentSet holds the connected components of a mask. They are numbered from 0 in the order of their
// first voxels.
type ComponentSet struct {
	// Sizes are the numbers of voxels.
	Sizes []int

	width int
	runs  []componentRun
}

// componentRun is a line of set voxels along the fastest axis, in row-th row of the grid. Its component is the
// number of a run of the same component while they are joined, and the component's number afterwards.
type componentRun struct {
	row, from, to, component int32
}

// Components finds the connected components of a mask in C order, which inside decides voxel by voxel.
// It works on runs of voxels with union-find (He, Chao and Suzuki 2008), in time linear in the voxels
// and memory linear in the runs. It panics on another connectivity than the three, and on a grid with
// more than 2³¹ voxels along an axis or rows.
func Components(shape [3]int, inside func(i int) bool, c Connectivity) *ComponentSet {
	if c < Faces || c > Corners {
		panic("volume: unknown connectivity")
	}
	s := &ComponentSet{width: shape[2]}
	rows := shape[0] * shape[1]
	starts := make([]int32, rows+1)
	for row := range rows {
		starts[row] = int32(len(s.runs))
		s.addRow(row, inside)
		starts[row+1] = int32(len(s.runs))
		y, z := row%shape[1], row/shape[1]
		join := func(dz, dy int, reach int32) {
			if y+dy >= 0 && y+dy < shape[1] && z+dz >= 0 {
				other := row + dz*shape[1] + dy
				s.join(starts[row:row+2], starts[other:other+2], reach)
			}
		}
		// A row may touch the rows before it that differ by at most as many axes as the connectivity
		// says; one axis more along x if there is one left.
		join(0, -1, reach(c, 1))
		join(-1, 0, reach(c, 1))
		if c >= Edges {
			join(-1, -1, reach(c, 2))
			join(-1, 1, reach(c, 2))
		}
	}
	s.number()
	return s
}

// reach returns how many voxels runs of rows that differ along a number of axes may be apart in x.
func reach(c Connectivity, axes int) int32 {
	if int(c) > axes {
		return 1
	}
	return 0
}

// addRow appends the runs of a row.
func (s *ComponentSet) addRow(row int, inside func(i int) bool) {
	start := row * s.width
	for x := 0; x < s.width; x++ {
		if !inside(start + x) {
			continue
		}
		from := x
		for x < s.width && inside(start+x) {
			x++
		}
		s.runs = append(s.runs, componentRun{int32(row), int32(from), int32(x), int32(len(s.runs))})
	}
}

// join unites the runs of two rows that overlap or come within reach.
func (s *ComponentSet) join(a, b []int32, reach int32) {
	i, k := a[0], b[0]
	for i < a[1] && k < b[1] {
		p, q := &s.runs[i], &s.runs[k]
		if p.from < q.to+reach && q.from < p.to+reach {
			s.unite(i, k)
		}
		if p.to < q.to {
			i++
		} else {
			k++
		}
	}
}

// unite joins two components; the lower number of their runs stands for both.
func (s *ComponentSet) unite(a, b int32) {
	a, b = s.root(a), s.root(b)
	s.runs[max(a, b)].component = min(a, b)
}

// root returns the run that stands for a component, and halves the way to it.
func (s *ComponentSet) root(i int32) int32 {
	for s.runs[i].component != i {
		parent := &s.runs[i].component
		*parent = s.runs[*parent].component
		i = *parent
	}
	return i
}

// number replaces the runs that stand for components by the components' numbers and adds up the sizes.
// The run that stands for a component is its first one, so that it is renumbered before the others.
func (s *ComponentSet) number() {
	for i := range s.runs {
		r := &s.runs[i]
		if r.component == int32(i) {
			r.component = int32(len(s.Sizes))
			s.Sizes = append(s.Sizes, 0)
		} else {
			r.component = s.runs[r.component].component
		}
		s.Sizes[r.component] += int(r.to - r.from)
	}
}

// Largest returns the size of the largest component, 0 without any.
func (s *ComponentSet) Largest() int {
	largest := 0
	for _, n := range s.Sizes {
		largest = max(largest, n)
	}
	return largest
}

// Each calls visit with every run of voxels, [from, to) in C order, and its component.
func (s *ComponentSet) Each(visit func(component, from, to int)) {
	for _, r := range s.runs {
		start := int(r.row) * s.width
		visit(int(r.component), start+int(r.from), start+int(r.to))
	}
}
