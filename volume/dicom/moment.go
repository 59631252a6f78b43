package dicom

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// moment tells frames of one position apart: what was different when they were taken. Every entry is NaN where
// the file does not say. The order is that in which frames are sorted.
type moment [6]float64

// momentNames name the entries of a moment, with their units.
var momentNames = [len(moment{})]struct{ name, unit string }{
	{"echo time", " ms"}, {"diffusion b-value", " s/mm2"}, {"temporal position", ""}, {"trigger time", " ms"},
	{"content group", ""}, {"acquisition", ""},
}

// whenOf reads the moment of a frame: enhanced objects tell it in their functional groups, others at the root.
func whenOf(g groups) moment {
	root, unknown := g[len(g)-1], math.NaN()
	in := func(sequence, element, plain tag.Tag) float64 {
		return g.find(sequence, element).number(element, root.number(plain, unknown))
	}
	return moment{
		in(tag.MREchoSequence, tag.EffectiveEchoTime, tag.EchoTime),
		in(tag.MRDiffusionSequence, tag.DiffusionBValue, tag.DiffusionBValue),
		in(tag.FrameContentSequence, tag.TemporalPositionIndex, tag.TemporalPositionIdentifier),
		in(tag.CardiacSynchronizationSequence, tag.NominalCardiacTriggerDelayTime, tag.TriggerTime),
		in(tag.FrameContentSequence, tag.StackID, tag.StackID),
		in(tag.FrameContentSequence, tag.FrameAcquisitionNumber, tag.AcquisitionNumber),
	}
}

func (m moment) compare(other moment) int {
	for i := range m {
		if c := cmp.Compare(m[i], other[i]); c != 0 { // NaN is less than every number and equal to itself
			return c
		}
	}
	return 0
}

// describe names entries of a moment, or is empty where one is unknown.
func (m moment) describe(entries []int) string {
	var names []string
	for _, i := range entries {
		if math.IsNaN(m[i]) {
			return ""
		}
		names = append(names, fmt.Sprintf("%s %g%s", momentNames[i].name, m[i], momentNames[i].unit))
	}
	return strings.Join(names, ", ")
}

// separator returns the entries of the moments in which all frames of every position differ: one if it can be,
// else two, or nil where none do.
func separator(places [][]slice) []int {
	for i := range momentNames {
		if separate(places, []int{i}) {
			return []int{i}
		}
	}
	for i := range momentNames {
		for j := range i {
			if separate(places, []int{j, i}) {
				return []int{j, i}
			}
		}
	}
	return nil
}

func separate(places [][]slice, entries []int) bool {
	for _, p := range places {
		seen := make([]string, 0, len(p))
		for _, s := range p {
			name := s.moment.describe(entries)
			if len(p) > 1 && (name == "" || slices.Contains(seen, name)) {
				return false
			}
			seen = append(seen, name)
		}
	}
	return true
}

// drift is the factor by which times of one phase may differ from slice to slice: the heart beats faster or slower
// from one breath-hold to the next.
const drift = 1.5

// inStep reports whether the frames of every position, in their order, belong to the same moments: as many at each,
// and no entry that separates them tells otherwise.
func inStep(places [][]slice, entries []int) bool {
	for _, p := range places {
		if len(p) != len(places[0]) {
			return false
		}
	}
	for rank := range places[0] {
		for _, entry := range entries {
			low, high := math.Inf(1), math.Inf(-1)
			for _, p := range places {
				low, high = min(low, p[rank].moment[entry]), max(high, p[rank].moment[entry])
			}
			if high > drift*low {
				return false
			}
		}
	}
	return true
}

// phase is the frames of one moment, one at each position or fewer.
type phase struct {
	name   string
	frames []slice
}

// byRank makes a phase of the first frames of all positions, one of the second, and so on.
func byRank(places [][]slice, entries []int) (phases []phase) {
	for rank, first := range places[0] {
		p := phase{name: first.moment.describe(entries)}
		if p.name == "" {
			p.name = fmt.Sprintf("frame %d of %d at each position", rank+1, len(places[0]))
		}
		for _, place := range places {
			p.frames = append(p.frames, place[rank])
		}
		phases = append(phases, p)
	}
	return phases
}

// byValue makes a phase of the frames that agree in entries of their moments.
func byValue(places [][]slice, entries []int) (phases []phase) {
	at := map[string]int{}
	for _, place := range places {
		for _, s := range place {
			name := cmp.Or(s.moment.describe(entries), "an unknown moment")
			i, known := at[name]
			if !known {
				i, at[name] = len(phases), len(phases)
				phases = append(phases, phase{name: name})
			}
			phases[i].frames = append(phases[i].frames, s)
		}
	}
	slices.SortStableFunc(phases, func(a, b phase) int { return a.frames[0].moment.compare(b.frames[0].moment) })
	return phases
}
