package evaluate

import (
	"io"
	"math"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/jsonx"
)

// Style chooses how a summary is written.
type Style int

const (
	// Standard writes every metric, null for NaN and "inf" for infinity: valid JSON.
	Standard Style = iota
	// NNUNet writes nnU-Net's eight metrics and its bare NaN.
	NNUNet
)

// nnunetMetrics is how many of Metrics, from the first, nnU-Net has.
const nnunetMetrics = 8

// WriteFile writes a summary.json by temporary file and rename.
func (s *Summary) WriteFile(path string, style Style) error {
	return atomicfile.Write(path, func(w io.Writer) error { return s.Write(w, style) })
}

// Write writes the summary in nnU-Net's layout: foreground_mean, mean, metric_per_case.
func (s *Summary) Write(w io.Writer, style Style) error {
	text, err := jsonx.Marshal(s.document(style), jsonx.NNUNet)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

func (s *Summary) document(style Style) map[string]any {
	means := map[string]any{}
	for key, v := range s.Mean {
		means[key] = object(v, style, false)
	}
	cases := make([]any, len(s.Cases))
	for i, c := range s.Cases {
		metrics := map[string]any{}
		for key, v := range c.Metrics {
			metrics[key] = object(v, style, true)
		}
		cases[i] = map[string]any{"metrics": metrics, "prediction_file": c.Prediction, "reference_file": c.Reference}
	}
	d := map[string]any{"foreground_mean": object(s.Foreground, style, false), "mean": means, "metric_per_case": cases}
	if style == Standard && s.Statistics != nil {
		d["statistics"] = statisticsObject(s.Statistics)
	}
	return d
}

// statisticsObject turns statistics by class and metric into what JSON can hold.
func statisticsObject(all map[string]map[string]Statistics) map[string]any {
	classes := map[string]any{}
	for key, byMetric := range all {
		metrics := map[string]any{}
		for name, s := range byMetric {
			metrics[name] = map[string]any{
				"cases": s.Cases, "infinite": s.Infinite,
				"mean": Number(s.Mean), "mean_of_finite": Number(s.MeanFinite), "sd": Number(s.SD),
				"median": Number(s.Median), "q1": Number(s.Q1), "q3": Number(s.Q3), "iqr": Number(s.IQR()),
				"ci95": []any{Number(s.Low), Number(s.High)},
			}
		}
		classes[key] = metrics
	}
	return classes
}

// Number turns a number into what JSON can hold: null for NaN, "inf" and "-inf" for infinities.
func Number(v float64) any {
	switch {
	case math.IsNaN(v):
		return nil
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	}
	return v
}

// object turns values into what JSON can hold; numbers of voxels of a single case are whole.
func object(v Values, style Style, single bool) map[string]any {
	o := map[string]any{}
	for i, name := range MetricNames() {
		value, ok := v[name]
		if !ok || (style == NNUNet && i >= nnunetMetrics) {
			continue
		}
		switch {
		case single && isWhole(name) && !math.IsNaN(value):
			o[name] = int(value)
		case style == NNUNet:
			o[name] = value
		default:
			o[name] = Number(value)
		}
	}
	return o
}
