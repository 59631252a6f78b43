package cpu

// rows cuts an activation into tasks of whole rows, about a chunk of pixels each.
type rows struct {
	blocked
	extent  [3]int
	perTask int
}

// row is one row of a block.
type row struct{ sample, block, z, y int }

func rowsOf(b blocked, extent [3]int) rows {
	return rows{b, extent, max(1, chunk/extent[2])}
}

// perBlock returns the tasks of one block.
func (r rows) perBlock() int { return (r.extent[0]*r.extent[1] + r.perTask - 1) / r.perTask }

func (r rows) tasks() int { return r.samples * r.blocks * r.perBlock() }

// each calls f for every row of a task.
func (r rows) each(task int, f func(row)) {
	block := task / r.perBlock()
	first := task % r.perBlock() * r.perTask
	for i := first; i < min(first+r.perTask, r.extent[0]*r.extent[1]); i++ {
		f(row{block / r.blocks, block % r.blocks, i / r.extent[1], i % r.extent[1]})
	}
}
