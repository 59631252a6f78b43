package evaluate

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Values are metrics by name.
type Values map[string]float64

// Case is the result of one case.
type Case struct {
	// ID identifies the case; Prediction and Reference are its files, relative to where the evaluation
	// ran, so that no path of a machine is written down.
	ID, Prediction, Reference string
	// Metrics holds the values of every class by its key.
	Metrics map[string]Values
}

// Summary is the evaluation of a folder.
type Summary struct {
	Classes []Class
	Cases   []Case
	// Mean holds, per class, the mean over the cases in which a metric is defined.
	Mean map[string]Values
	// Foreground holds the mean over the classes (but background): NaN when a class is NaN throughout,
	// as in nnU-Net.
	Foreground Values
	// Statistics holds, per class and metric, what Describe computed; nil before.
	Statistics map[string]map[string]Statistics
}

// Summarise computes the means over cases.
func Summarise(classes []Class, cases []Case) *Summary {
	s := &Summary{Classes: classes, Cases: cases, Mean: map[string]Values{}, Foreground: Values{}}
	for _, c := range classes {
		s.Mean[c.Key] = Values{}
		for _, name := range s.Names() {
			var column []float64
			for _, k := range cases {
				column = append(column, k.Metrics[c.Key][name])
			}
			s.Mean[c.Key][name] = mean(column)
		}
	}
	for _, name := range s.Names() {
		var column []float64
		for _, c := range classes {
			if c.Key != "0" {
				column = append(column, s.Mean[c.Key][name])
			}
		}
		s.Foreground[name] = math.NaN()
		if len(column) > 0 {
			s.Foreground[name] = stat.Mean(column, nil)
		}
	}
	return s
}

// Names lists the metrics that the cases have, in the order of MetricNames.
func (s *Summary) Names() []string {
	if len(s.Cases) == 0 || len(s.Classes) == 0 {
		return nil
	}
	have := s.Cases[0].Metrics[s.Classes[0].Key]
	var names []string
	for _, name := range MetricNames() {
		if _, ok := have[name]; ok {
			names = append(names, name)
		}
	}
	return names
}
