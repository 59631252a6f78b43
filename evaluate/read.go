package evaluate

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/autoseg/autoseg/internal/jsonx"
)

// Read reads a summary.json, ours or nnU-Net's. The classes have their keys but not their labels.
func Read(path string) (*Summary, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	top, err := jsonx.ParseObject(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s := &Summary{Mean: map[string]Values{}}
	s.Foreground = valuesOf(member(top, "foreground_mean"))
	if means, ok := member(top, "mean").(*jsonx.Object); ok {
		for _, key := range means.Keys() {
			s.Classes = append(s.Classes, Class{Key: key})
			s.Mean[key] = valuesOf(member(means, key))
		}
	}
	list, _ := member(top, "metric_per_case").([]any)
	for _, entry := range list {
		o, ok := entry.(*jsonx.Object)
		if !ok {
			return nil, fmt.Errorf("%s: metric_per_case holds something that is no case", path)
		}
		s.Cases = append(s.Cases, caseOf(o))
	}
	return s, nil
}

func caseOf(o *jsonx.Object) Case {
	c := Case{Metrics: map[string]Values{}}
	c.Prediction, _ = member(o, "prediction_file").(string)
	c.Reference, _ = member(o, "reference_file").(string)
	c.ID, _, _ = strings.Cut(filepath.Base(c.Prediction), ".")
	if metrics, ok := member(o, "metrics").(*jsonx.Object); ok {
		for _, key := range metrics.Keys() {
			c.Metrics[key] = valuesOf(member(metrics, key))
		}
	}
	return c
}

// valuesOf reads numbers; null is NaN and "inf" infinity.
func valuesOf(v any) Values {
	r := Values{}
	o, ok := v.(*jsonx.Object)
	if !ok {
		return r
	}
	for _, key := range o.Keys() {
		switch n := member(o, key).(type) {
		case jsonx.Number:
			r[key] = n.Float64()
		case string:
			r[key] = math.Inf(1)
			if n == "-inf" {
				r[key] = math.Inf(-1)
			}
		default:
			r[key] = math.NaN()
		}
	}
	return r
}

func member(o *jsonx.Object, key string) any {
	v, _ := o.Get(key)
	return v
}
