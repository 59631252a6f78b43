package predict

import (
	"slices"

	"github.com/autoseg/autoseg/dataset"
)

// agreement counts, while folds are being averaged, where their own segmentations agree. It works in
// the preprocessed geometry: bringing the labels of every fold back to the file would cost as much
// memory and time per fold as the result itself.
type agreement struct {
	values  []int // of the foreground
	folds   int
	workers []voter
}

// voter is the memory of one goroutine.
type voter struct {
	decoder *dataset.Decoder
	logits  []float32
	labels  [][]uint16 // per fold
	size    [][]int    // per fold, per foreground value: voxels
	shared  [][]int    // per pair of folds, per foreground value: voxels in both
	index   []int      // label value to its place among the foreground, or -1
}

// newAgreement returns nil for a single fold.
func newAgreement(l dataset.Labelling, folds, workers int) *agreement {
	if folds < 2 {
		return nil
	}
	a := &agreement{values: l.Foreground(), folds: folds, workers: make([]voter, max(1, workers))}
	index := make([]int, slices.Max(l.All())+1)
	for i := range index {
		index[i] = -1
	}
	for i, v := range a.values {
		index[v] = i
	}
	for w := range a.workers {
		a.workers[w] = voter{decoder: l.Decoder(), labels: make([][]uint16, folds), index: index,
			size: counts(folds, len(a.values)), shared: counts(folds*(folds-1)/2, len(a.values))}
	}
	return a
}

func counts(rows, columns int) [][]int {
	c := make([][]int, rows)
	for i := range c {
		c[i] = make([]int, columns)
	}
	return c
}

// between returns the function that counts a row, or nil when nothing is counted.
func (a *agreement) between(logits finished) func(worker, z int) {
	if a == nil {
		return nil
	}
	return func(worker, row int) {
		if z := row - logits.image.before[0]; z >= 0 && z < logits.image.inner[0] {
			a.workers[worker].count(logits, z)
		}
	}
}

func (v *voter) count(logits finished, z int) {
	plane := logits.image.inner[1] * logits.image.inner[2]
	if v.logits == nil {
		v.logits = make([]float32, plane)
		for fold := range v.labels {
			v.labels[fold] = make([]uint16, plane)
		}
	}
	for fold, labels := range v.labels {
		for class := range logits.classes {
			logits.fold(v.logits, fold, class, z)
			v.decoder.Head(labels, class, v.logits)
		}
		for _, l := range labels {
			if i := v.index[l]; i >= 0 {
				v.size[fold][i]++
			}
		}
	}
	pair := 0
	for one := range v.labels {
		for other := range one {
			v.intersect(v.shared[pair], v.labels[one], v.labels[other])
			pair++
		}
	}
}

func (v *voter) intersect(shared []int, a, b []uint16) {
	for i, l := range a {
		if l == b[i] && v.index[l] >= 0 {
			shared[v.index[l]]++
		}
	}
}

// dice returns the Dice of every foreground value, the mean over all pairs of folds in which at least
// one has the value, or -1 when no fold has it.
func (a *agreement) dice() []float64 {
	result := make([]float64, len(a.values))
	for i := range result {
		sum, pairs, pair := 0.0, 0, 0
		for one := range a.folds {
			for other := range one {
				shared, size := 0, 0
				for w := range a.workers {
					v := &a.workers[w]
					shared, size = shared+v.shared[pair][i], size+v.size[one][i]+v.size[other][i]
				}
				if size > 0 {
					sum, pairs = sum+2*float64(shared)/float64(size), pairs+1
				}
				pair++
			}
		}
		result[i] = -1
		if pairs > 0 {
			result[i] = sum / float64(pairs)
		}
	}
	return result
}
