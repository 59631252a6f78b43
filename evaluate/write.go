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
	return map[string]any{"foreground_mean": object(s.Foreground, style, false), "mean": means, "metric_per_case": cases}
}

// object turns values into what JSON can hold; numbers of voxels of a single case are whole.
func object(v Values, style Style, single bool) map[string]any {
	o := map[string]any{}
	for i, m := range Metrics() {
		value, ok := v[m.Name]
		if !ok || (style == NNUNet && i >= nnunetMetrics) {
			continue
		}
		switch {
		case m.Whole && single && !math.IsNaN(value):
			o[m.Name] = int(value)
		case style == NNUNet:
			o[m.Name] = value
		case math.IsNaN(value):
			o[m.Name] = nil
		case math.IsInf(value, 0):
			o[m.Name] = "inf"
		default:
			o[m.Name] = value
		}
	}
	return o
}
