package evaluate

import "github.com/autoseg/autoseg/volume"

// perfect holds the metrics that have a best value to count as where neither map has the class.
var perfect = Values{"Dice": 1, "IoU": 1, "Jaccard": 1, "Recall": 1, "Precision": 1, "VolumeDifference": 0,
	"HD": 0, "HD95": 0, "ASSD": 0, "S2S": 0, "AVD": 0, "SurfaceDice": 1}

// Compare computes the metrics of every class of one case. It panics when the maps have different
// shapes.
func Compare(reference, prediction *volume.Labels, o Options) map[string]Values {
	result := map[string]Values{}
	all := Count(reference.Data, prediction.Data, o.Classes, o.Ignore)
	for i, c := range o.Classes {
		v := Values{}
		for _, m := range Metrics() {
			v[m.Name] = m.Of(all[i])
		}
		result[c.Key] = v
	}
	if o.Surface != nil {
		for i, s := range Measure(reference, prediction, o.Classes, o.Ignore, o.Workers) {
			o.Surface.add(result[o.Classes[i].Key], &s, reference.Geometry)
		}
	}
	if o.BothEmpty == Perfect {
		for i, c := range o.Classes {
			if all[i].Reference() == 0 && all[i].Predicted() == 0 {
				countAsPerfect(result[c.Key])
			}
		}
	}
	return result
}

// add adds the metrics of surfaces to those of a class.
func (o *SurfaceOptions) add(v Values, s *Surfaces, g volume.Geometry) {
	missed, empty := s.empty()
	for _, m := range SurfaceMetrics() {
		v[m.Name] = m.Of(s, *o)
		if o.Missed == ImageDiagonal && empty && missed > 0 && LowerIsBetter(m.Name) {
			v[m.Name] = Diagonal(g)
		}
	}
}

func countAsPerfect(v Values) {
	for name := range v {
		if best, ok := perfect[name]; ok {
			v[name] = best
		}
	}
}
