package predict

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// Quality says how far a case is from what the network was trained on and how certain the folds are.
// It is written beside the segmentation as CASE.quality.json.
type Quality struct {
	// Flags are the findings that a person should look at, in words; none is the good case.
	Flags    []string `json:"flags"`
	Distance Distance `json:"distance"`
	// Agreement is the Dice of the folds' own segmentations with each other, by the name of the label; a
	// label that no fold sees is missing. It is nil with a single fold.
	Agreement map[string]float64 `json:"fold_agreement,omitempty"`
	// MeanAgreement is its mean, with several folds and a label that any of them sees.
	MeanAgreement *float64 `json:"mean_fold_agreement,omitempty"`
	// Members and MeanMembers are the same for the models of an ensemble, whose Agreement is the mean over
	// the models.
	Members     map[string]float64 `json:"member_agreement,omitempty"`
	MeanMembers *float64           `json:"mean_member_agreement,omitempty"`
}

const (
	// rangeFactor is how far beyond the training cases' range a spacing or extent is flagged, and
	// medianFactor how far from their median where only that is known.
	rangeFactor  = 2.0
	medianFactor = 3.0
	// insideLeast is the share of voxels that must lie between the percentiles of the training foreground.
	insideLeast = 0.01
	// agreementLeast is the mean Dice of the folds below which they are said to disagree.
	agreementLeast = 0.7
)

// judge makes the quality of a result.
func (p *Predictor) judge(d Distance, r *Result) *Quality {
	q := &Quality{Flags: d.flags(), Distance: d}
	if q.Flags == nil {
		q.Flags = []string{} // an empty list in JSON
	}
	if r.Agreement != nil {
		q.agree(p, r.Agreement)
	}
	q.flagEmpty(r.Labels)
	return q
}

func (q *Quality) agree(p *Predictor, agreement []float64) {
	q.Agreement = map[string]float64{}
	for i, value := range p.config.Labelling.Foreground() {
		if agreement[i] >= 0 {
			q.Agreement[p.config.Labelling.Name(value)] = agreement[i]
		}
	}
	q.MeanAgreement = meanOf(q.Agreement)
	q.flagDisagreement("folds", q.MeanAgreement)
}

// meanOf returns the mean of values by name, in the order of the names, or nil without any.
func meanOf(values map[string]float64) *float64 {
	if len(values) == 0 {
		return nil
	}
	sum := 0.0
	for _, name := range slices.Sorted(maps.Keys(values)) {
		sum += values[name]
	}
	mean := sum / float64(len(values))
	return &mean
}

func (d *Distance) flags() []string {
	factor := medianFactor
	if d.Range {
		factor = rangeFactor
	}
	var flags []string
	for axis, name := range [3]string{"z", "y", "x"} {
		if r := d.Spacing.Ratio[axis]; far(r, factor) {
			flags = append(flags, fmt.Sprintf("the spacing along %s, %.4g mm, is %.3g times that of the training cases", name, d.Spacing.Image[axis], r))
		}
		if r := d.Extent.Ratio[axis]; far(r, factor) {
			flags = append(flags, fmt.Sprintf("the extent along %s, %.4g mm, is %.3g times that of the training cases", name, d.Extent.Image[axis], r))
		}
	}
	for _, c := range d.Intensities {
		if c.Inside < insideLeast {
			flags = append(flags, fmt.Sprintf("channel %d: %.2g %% of the voxels have intensities of the training foreground, %.4g to %.4g",
				c.Channel, 100*c.Inside, c.Training[0], c.Training[2]))
		}
	}
	return flags
}

// far reports whether a ratio lies more than a factor away from one. A ratio of 0 is unknown.
func far(ratio, factor float64) bool {
	return ratio > 0 && math.Max(ratio, 1/ratio) > factor
}
