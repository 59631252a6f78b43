package evaluate

import "math"

// Counts are the voxels of one class or region, over the voxels that count.
type Counts struct {
	TP, FP, FN, TN int
}

// Class is a label value, or a region of several, that is evaluated as one.
type Class struct {
	// Key is how files name the class: the label value, or a region as Python prints a tuple.
	Key    string
	Labels []int
}

// NoIgnore stands for "every voxel counts".
const NoIgnore = -1

// Count compares two label maps voxel by voxel for every class. Voxels whose reference is the ignore
// label do not count. It panics when the maps have different lengths.
func Count(reference, prediction []uint16, classes []Class, ignore int) []Counts {
	if len(reference) != len(prediction) {
		panic("evaluate: label maps of different lengths")
	}
	pairs := crosstab(reference, prediction, ignore)
	counts := make([]Counts, len(classes))
	for i, c := range classes {
		member := map[uint16]bool{}
		for _, l := range c.Labels {
			member[uint16(l)] = true
		}
		for p, n := range pairs {
			r, q := member[p.reference], member[p.prediction]
			switch {
			case r && q:
				counts[i].TP += n
			case q:
				counts[i].FP += n
			case r:
				counts[i].FN += n
			default:
				counts[i].TN += n
			}
		}
	}
	return counts
}

type pair struct{ reference, prediction uint16 }

// crosstab counts how often each pair of labels meets. Neighbouring voxels mostly agree, so runs of
// one pair are counted before the table is touched.
func crosstab(reference, prediction []uint16, ignore int) map[pair]int {
	table := map[pair]int{}
	for i := 0; i < len(reference); {
		p := pair{reference[i], prediction[i]}
		j := i + 1
		for j < len(reference) && reference[j] == p.reference && prediction[j] == p.prediction {
			j++
		}
		if int(p.reference) != ignore {
			table[p] += j - i
		}
		i = j
	}
	return table
}

// ratio is a/b, undefined for b = 0.
func ratio(a, b int) float64 {
	if b == 0 {
		return math.NaN()
	}
	return float64(a) / float64(b)
}

// Dice returns 2tp/(2tp+fp+fn); undefined when both maps lack the class.
func (c Counts) Dice() float64 { return ratio(2*c.TP, 2*c.TP+c.FP+c.FN) }

// Jaccard returns tp/(tp+fp+fn), also called IoU; undefined when both maps lack the class.
func (c Counts) Jaccard() float64 { return ratio(c.TP, c.TP+c.FP+c.FN) }

// Accuracy returns the share of voxels that agree; undefined without any voxel.
func (c Counts) Accuracy() float64 { return ratio(c.TP+c.TN, c.TP+c.FP+c.FN+c.TN) }

// Recall returns tp/(tp+fn), also called sensitivity; undefined when the reference lacks the class.
func (c Counts) Recall() float64 { return ratio(c.TP, c.TP+c.FN) }

// Specificity returns tn/(tn+fp); undefined when the reference fills the image.
func (c Counts) Specificity() float64 { return ratio(c.TN, c.TN+c.FP) }

// Precision returns tp/(tp+fp); undefined when the prediction lacks the class.
func (c Counts) Precision() float64 { return ratio(c.TP, c.TP+c.FP) }

// VolumeDifference returns (|P|-|R|)/|R|; undefined when the reference lacks the class.
func (c Counts) VolumeDifference() float64 { return ratio(c.FP-c.FN, c.TP+c.FN) }

// Predicted returns the size of the class in the prediction in voxels.
func (c Counts) Predicted() int { return c.TP + c.FP }

// Reference returns the size of the class in the reference in voxels.
func (c Counts) Reference() int { return c.TP + c.FN }
