package predict

import (
	"fmt"
	"math"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/volume"
)

// Member is what one model of an ensemble made of a case.
type Member struct {
	Quality Quality
	Labels  *volume.Labels
}

// Together returns the quality of an ensemble's segmentation: the distance of the image from the training
// cases as the first member has it, how much the folds within the members agree on average, and how much
// the members agree with each other.
func Together(members []Member, l dataset.Labelling, ensemble *volume.Labels) *Quality {
	q := &Quality{Flags: []string{}, Distance: members[0].Quality.Distance}
	q.Flags = append(q.Flags, q.Distance.flags()...)
	folds, between := averages{}, averages{}
	for i, m := range members {
		for name, dice := range m.Quality.Agreement {
			folds.add(name, dice)
		}
		for _, other := range members[:i] {
			between.addDice(m.Labels, other.Labels, l)
		}
	}
	q.Agreement, q.MeanAgreement = folds.means()
	q.Members, q.MeanMembers = between.means()
	q.flagDisagreement("folds", q.MeanAgreement)
	q.flagDisagreement("models of the ensemble", q.MeanMembers)
	q.flagEmpty(ensemble)
	return q
}

// averages are sums by the name of a label.
type averages map[string]struct {
	sum float64
	n   int
}

func (a averages) add(name string, v float64) {
	s := a[name]
	s.sum, s.n = s.sum+v, s.n+1
	a[name] = s
}

// addDice adds the Dice of every foreground label that at least one of two segmentations has.
func (a averages) addDice(one, other *volume.Labels, l dataset.Labelling) {
	values := l.Foreground()
	for i, c := range evaluate.Count(one.Data, other.Data, evaluate.Labels(values), evaluate.NoIgnore) {
		if dice := c.Dice(); !math.IsNaN(dice) {
			a.add(l.Name(values[i]), dice)
		}
	}
}

// means returns the mean of every label, nil without any, and the mean of these.
func (a averages) means() (byName map[string]float64, mean *float64) {
	if len(a) == 0 {
		return nil, nil
	}
	byName = map[string]float64{}
	for name, s := range a {
		byName[name] = s.sum / float64(s.n)
	}
	return byName, meanOf(byName)
}

// flagDisagreement flags a low agreement of what votes on the segmentation.
func (q *Quality) flagDisagreement(who string, mean *float64) {
	if mean != nil && *mean < agreementLeast {
		q.Flags = append(q.Flags, fmt.Sprintf("the %s disagree: the mean Dice of their segmentations is %.2f, less than %.2f", who, *mean, agreementLeast))
	}
}

// flagEmpty flags a segmentation without foreground.
func (q *Quality) flagEmpty(l *volume.Labels) {
	for _, v := range l.Data {
		if v != 0 {
			return
		}
	}
	q.Flags = append(q.Flags, "the segmentation is empty")
}
