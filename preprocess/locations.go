package preprocess

import (
	"cmp"
	"math"
	"slices"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/random"
)

const (
	// locationSeed is nnU-Net's; it never changes, so that patches fall where nnU-Net's do.
	locationSeed = 1234
	// maxLocations is how many voxels of a class are kept, unless one percent of it is more.
	maxLocations = 10000
)

// classes returns what locations are sampled of: foreground labels, or regions where the dataset has
// some, and with an ignore label everything that is annotated, background included.
func classes(l *dataset.Labelling) [][]int {
	var c [][]int
	if l.HasRegions() {
		for _, r := range l.Regions() {
			c = append(c, r.Labels)
		}
	} else {
		for _, v := range l.Foreground() {
			c = append(c, []int{v})
		}
	}
	if _, ok := l.Ignore(); ok {
		c = append(c, append([]int{-1}, l.All()...))
	}
	return c
}

// pick asks for the voxel of a label that is rank-th in C order.
type pick struct {
	rank, class, position int
}

// locations samples voxels of every class, as nnU-Net's _sample_foreground_locations does: of the
// class's voxels, label by label in C order, the first of a random permutation. Instead of lists of
// all voxels it keeps the ranks it drew and looks them up in one pass.
func locations(l *dataset.Labelling, shape [3]int, labels []int16) []dataset.ClassLocations {
	counts := countLabels(labels)
	rng := random.NewLegacy(locationSeed)
	var result []dataset.ClassLocations
	wanted := make([][]pick, len(counts))
	for class, values := range classes(l) {
		picks := draw(rng, total(counts, values))
		result = append(result, dataset.ClassLocations{
			Key: dataset.LocationsKey(values), Labels: values, Voxels: make([][3]int32, len(picks)),
		})
		assign(wanted, counts, values, class, picks)
	}
	for _, w := range wanted {
		slices.SortFunc(w, func(a, b pick) int { return cmp.Compare(a.rank, b.rank) })
	}
	lookUp(result, wanted, shape, labels)
	return result
}

// countLabels counts the voxels of every label; label v is entry v+1.
func countLabels(labels []int16) []int {
	counts := make([]int, int(slices.Max(labels))+2)
	for _, v := range labels {
		counts[v+1]++
	}
	return counts
}

func total(counts, values []int) int {
	n := 0
	for _, v := range values {
		if v+1 < len(counts) {
			n += counts[v+1]
		}
	}
	return n
}

// draw returns the first entries of numpy's permutation(n): 10000, or all of fewer, or one percent of
// more than a million.
func draw(rng *random.Legacy, n int) []int32 {
	if n == 0 {
		return nil
	}
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	rng.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	keep := max(min(maxLocations, n), int(math.Ceil(float64(n)*0.01)))
	return slices.Clone(order[:keep])
}

// assign finds the label behind each drawn rank of a class.
func assign(wanted [][]pick, counts, values []int, class int, picks []int32) {
	for position, rank := range picks {
		rest := int(rank)
		for _, v := range values {
			if v+1 >= len(counts) {
				continue
			}
			if rest < counts[v+1] {
				wanted[v+1] = append(wanted[v+1], pick{rest, class, position})
				break
			}
			rest -= counts[v+1]
		}
	}
}

// lookUp walks over the labels once and fills in the voxel of every pick.
func lookUp(result []dataset.ClassLocations, wanted [][]pick, shape [3]int, labels []int16) {
	seen := make([]int, len(wanted))
	i := 0
	for z := range shape[0] {
		for y := range shape[1] {
			for x := range shape[2] {
				label := labels[i] + 1
				i++
				for w := wanted[label]; len(w) > 0 && w[0].rank == seen[label]; w = wanted[label] {
					result[w[0].class].Voxels[w[0].position] = [3]int32{int32(z), int32(y), int32(x)}
					wanted[label] = w[1:]
				}
				seen[label]++
			}
		}
	}
}
