package phantom

import (
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/autoseg/autoseg/volume"
)

// sample is one case as the simple classifiers see it.
type sample struct {
	image  *volume.Image
	labels *volume.Labels
}

// demoSamples draws the demo's dataset once for all tests.
var demoSamples = sync.OnceValues(func() (training, test []sample) {
	o := DefaultOptions()
	return drawSamples(o.Cases, trainingSet), drawSamples(o.TestCases, testSet)
})

func drawSamples(n int, set string) []sample {
	all := make([]sample, n)
	for i := range all {
		all[i].image, all[i].labels = drawCase(caseStream(DefaultOptions().Seed, set, i))
	}
	return all
}

// bound is what neither classifier may reach.
const bound = 0.5

// TestIntensityDoesNotTell fits the best classifier of single voxels by intensity on the training cases:
// of all sets of histogram bins, the one with the highest Dice. It sees the raw intensities, and then
// those after the z-score that a plan would apply.
func TestIntensityDoesNotTell(t *testing.T) {
	training, test := demoSamples()
	for name, scale := range map[string]func(*volume.Image) []float64{"raw": raw, "z-score": zScore} {
		for _, organ := range []uint16{Solid, Hollow} {
			classifier := fitHistogram(training, organ, scale)
			fitted, dice := meanDice(training, organ, classifier), meanDice(test, organ, classifier)
			t.Logf("%s intensities, label %d: Dice %.3f on training, %.3f on test cases", name, organ, fitted, dice)
			if dice >= bound || fitted >= bound {
				t.Errorf("%s intensities tell label %d with Dice %.3f (training) and %.3f (test), want below %.1f", name, organ, fitted, dice, bound)
			}
			if fitted < 0.05 {
				t.Errorf("the classifier of label %d reaches %.3f on its training cases: it was not fitted", organ, fitted)
			}
		}
	}
}

// TestPositionDoesNotTell averages the training masks on a grid relative to the image and takes the
// threshold with the highest Dice.
func TestPositionDoesNotTell(t *testing.T) {
	training, test := demoSamples()
	for _, organ := range []uint16{Solid, Hollow} {
		classifier := fitMeanMask(training, organ)
		fitted, dice := meanDice(training, organ, classifier), meanDice(test, organ, classifier)
		t.Logf("mean mask, label %d: Dice %.3f on training, %.3f on test cases", organ, fitted, dice)
		if dice >= bound || fitted >= bound {
			t.Errorf("the mean mask tells label %d with Dice %.3f (training) and %.3f (test), want below %.1f", organ, fitted, dice, bound)
		}
	}
}

// classifier marks the voxels of one image.
type classifier func(*volume.Image) []bool

func meanDice(cases []sample, organ uint16, classify classifier) float64 {
	sum := 0.0
	for _, c := range cases {
		both, sizes := 0, 0
		for i, marked := range classify(c.image) {
			is := c.labels.Data[i] == organ
			if marked && is {
				both++
			}
			if marked {
				sizes++
			}
			if is {
				sizes++
			}
		}
		sum += 2 * float64(both) / float64(max(sizes, 1))
	}
	return sum / float64(len(cases))
}

func raw(image *volume.Image) []float64 {
	values := make([]float64, len(image.Data))
	for i, v := range image.Data {
		values[i] = float64(v)
	}
	return values
}

func zScore(image *volume.Image) []float64 {
	values := raw(image)
	sum, squares := 0.0, 0.0
	for _, v := range values {
		sum, squares = sum+v, squares+v*v
	}
	n := float64(len(values))
	mean := sum / n
	deviation := math.Sqrt(squares/n - mean*mean)
	for i := range values {
		values[i] = (values[i] - mean) / deviation
	}
	return values
}

// fitHistogram returns the set of intensity bins with the highest Dice over all training voxels. That set
// holds the bins with the largest share of the organ, so one pass over the sorted bins finds it.
func fitHistogram(training []sample, organ uint16, scale func(*volume.Image) []float64) classifier {
	const bins = 128
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range training {
		values := scale(c.image)
		low, high = min(low, slices.Min(values)), max(high, slices.Max(values))
	}
	bin := func(v float64) int { return min(bins-1, max(0, int((v-low)/(high-low)*bins))) }
	var inside, all [bins]int
	total := 0
	for _, c := range training {
		for i, v := range scale(c.image) {
			all[bin(v)]++
			if c.labels.Data[i] == organ {
				inside[bin(v)]++
				total++
			}
		}
	}
	chosen := bestBins(inside[:], all[:], total)
	return func(image *volume.Image) []bool {
		values := scale(image)
		marked := make([]bool, len(values))
		for i, v := range values {
			marked[i] = chosen[bin(v)]
		}
		return marked
	}
}

// bestBins returns which bins to mark so that Dice over all voxels is highest.
func bestBins(inside, all []int, total int) []bool {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	share := func(i int) float64 { return float64(inside[i]) / float64(max(all[i], 1)) }
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case share(a) > share(b):
			return -1
		case share(a) < share(b):
			return 1
		}
		return a - b
	})
	best, length, both, marked := 0.0, 0, 0, 0
	for n, i := range order {
		both, marked = both+inside[i], marked+all[i]
		if dice := 2 * float64(both) / float64(marked+total); dice > best {
			best, length = dice, n+1
		}
	}
	chosen := make([]bool, len(all))
	for _, i := range order[:length] {
		chosen[i] = true
	}
	return chosen
}

// maskGrid is the grid on which masks of images of different shapes are averaged.
var maskGrid = [3]int{16, 38, 38}

// cell returns the cell of the mask grid that holds the voxel with index i of an image.
func cell(shape [3]int, i int) int {
	z, y, x := i/(shape[1]*shape[2]), i/shape[2]%shape[1], i%shape[2]
	scaled := func(k, axis int) int { return (2*k + 1) * maskGrid[axis] / (2 * shape[axis]) }
	return (scaled(z, 0)*maskGrid[1]+scaled(y, 1))*maskGrid[2] + scaled(x, 2)
}

func fitMeanMask(training []sample, organ uint16) classifier {
	cells := maskGrid[0] * maskGrid[1] * maskGrid[2]
	inside, all := make([]int, cells), make([]int, cells)
	total := 0
	for _, c := range training {
		for i, l := range c.labels.Data {
			all[cell(c.labels.Shape, i)]++
			if l == organ {
				inside[cell(c.labels.Shape, i)]++
				total++
			}
		}
	}
	chosen := bestBins(inside, all, total)
	return func(image *volume.Image) []bool {
		marked := make([]bool, image.Voxels())
		for i := range marked {
			marked[i] = chosen[cell(image.Shape, i)]
		}
		return marked
	}
}
