package reproduce

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/volume"
)

// dice compares a segmentation of another SIMD level with the one beside the manifest; without that one it
// is not compared, and the result is nil.
func (k *comparison) dice(a *Artefact) (*Artefact, error) {
	file := filepath.FromSlash(a.File)
	earlier := filepath.Join(k.dir, file)
	if !exists(earlier) {
		k.skip(a.File, "the run's own file, which it would be compared with, does not lie beside the manifest")
		return nil, nil
	}
	recorded, err := dataset.Formats().ReadLabels(earlier)
	if err != nil {
		return nil, err
	}
	replayed, err := dataset.Formats().ReadLabels(filepath.Join(k.Work, file))
	if err != nil {
		return nil, err
	}
	if recorded.Shape != replayed.Shape {
		return nil, fmt.Errorf("%s: shapes %v and %v", a.File, recorded.Shape, replayed.Shape)
	}
	d := meanDice(recorded, replayed)
	a.Dice, a.State = &d, Alike
	if d < k.leastDice() {
		a.State = Differs
	}
	return a, nil
}

// meanDice is the mean over the labels that occur in either; 1 where there is none.
func meanDice(a, b *volume.Labels) float64 {
	var values []int
	for _, v := range slices.Concat(a.Data, b.Data) {
		if v != 0 && !slices.Contains(values, int(v)) {
			values = append(values, int(v))
		}
	}
	if len(values) == 0 {
		return 1
	}
	sum := 0.0
	for _, c := range evaluate.Count(a.Data, b.Data, evaluate.Labels(values), evaluate.NoIgnore) {
		if d := c.Dice(); !math.IsNaN(d) {
			sum += d
		}
	}
	return sum / float64(len(values))
}
