package trainer

import "math"

// Tally counts how the finest logits of validation batches agree with their targets: true positives,
// false positives and false negatives per class over all samples and voxels (nnUNetTrainer's
// validation_step). Labels: the classes but background, by the largest logit, the lowest class on
// ties. Regions: every region, by a logit above 0 (a probability above one half). Ignored voxels do
// not count.
type Tally struct {
	TP, FP, FN []int64
}

// scoring says how a tally reads logits and targets.
type scoring struct {
	classes int
	regions bool
	ignore  int // the ignore label, or -1
	voxels  int // of one sample
}

// scores returns the number of classes that get a Dice.
func (s scoring) scores() int {
	if s.regions {
		return s.classes
	}
	return s.classes - 1
}

func newTally(n int) Tally {
	return Tally{make([]int64, n), make([]int64, n), make([]int64, n)}
}

// add counts a batch of logits (sample, class, voxel) against the finest target; channels behind the truth
// belong to the loss.
func (t *Tally) add(s scoring, logits, target []float32) {
	samples := len(logits) / (s.classes * s.voxels)
	channels := len(target) / (samples * s.voxels)
	for i := range samples {
		l := logits[i*s.classes*s.voxels:][:s.classes*s.voxels]
		y := target[i*channels*s.voxels:][:channels*s.voxels]
		if s.regions {
			t.addRegions(s, l, y)
		} else {
			t.addLabels(s, l, y)
		}
	}
}

func (t *Tally) addLabels(s scoring, logits, target []float32) {
	for v, y := range target[:s.voxels] {
		reference := int(y)
		if reference == s.ignore {
			continue
		}
		best := 0
		for c := 1; c < s.classes; c++ {
			if logits[c*s.voxels+v] > logits[best*s.voxels+v] {
				best = c
			}
		}
		if best == reference {
			if best > 0 {
				t.TP[best-1]++
			}
			continue
		}
		if best > 0 {
			t.FP[best-1]++
		}
		if reference > 0 {
			t.FN[reference-1]++
		}
	}
}

func (t *Tally) addRegions(s scoring, logits, target []float32) {
	var ignored []float32
	if s.ignore >= 0 {
		ignored = target[s.classes*s.voxels:][:s.voxels]
	}
	for c := range s.classes {
		l, y := logits[c*s.voxels:][:s.voxels], target[c*s.voxels:][:s.voxels]
		for v, logit := range l {
			if ignored != nil && ignored[v] != 0 {
				continue
			}
			switch predicted, reference := logit > 0, y[v] != 0; {
			case predicted && reference:
				t.TP[c]++
			case predicted:
				t.FP[c]++
			case reference:
				t.FN[c]++
			}
		}
	}
}

// Dice returns 2TP/(2TP+FP+FN) of every class; NaN where a class is neither predicted nor there.
func (t *Tally) Dice() []float64 {
	dice := make([]float64, len(t.TP))
	for c := range dice {
		tp := 2 * float64(t.TP[c])
		dice[c] = tp / (tp + float64(t.FP[c]+t.FN[c]))
	}
	return dice
}

// meanDice returns the mean over the classes that have a Dice; NaN when none has.
func meanDice(dice []float64) float64 {
	sum, n := 0.0, 0.0
	for _, d := range dice {
		if !math.IsNaN(d) {
			sum, n = sum+d, n+1
		}
	}
	return sum / n
}
