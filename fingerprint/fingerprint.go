package fingerprint

import (
	"fmt"
	"math"
	"os"
	"strconv"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/jsonx"
	"github.com/autoseg/autoseg/plans"
)

// Fingerprint is what was measured on the training cases of a dataset.
type Fingerprint struct {
	// Intensities holds the statistics of the foreground voxels, one per channel.
	Intensities []plans.Intensity
	// RelativeSize is the median share of the voxels that cropping to the nonzero region keeps.
	RelativeSize float64
	// Shapes and Spacings hold one entry per case, in the order of the cases: voxels after cropping,
	// and mm.
	Shapes   [][3]int
	Spacings [][3]float64
}

// Read reads a dataset_fingerprint.json.
func Read(path string) (*Fingerprint, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("read fingerprint: %w", err))
	}
	f, err := Parse(data)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%s: %w", path, err))
	}
	return f, nil
}

// Write writes f as dataset_fingerprint.json, exactly as nnU-Net does.
func Write(path string, f *Fingerprint) error {
	data, err := f.Marshal()
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, data)
}

const (
	intensitiesKey = "foreground_intensity_properties_per_channel"
	sizeKey        = "median_relative_size_after_cropping"
	shapesKey      = "shapes_after_crop"
	spacingsKey    = "spacings"
)

// fields names the statistics of a channel in the file.
func fields(in *plans.Intensity) map[string]*float64 {
	return map[string]*float64{"max": &in.Max, "mean": &in.Mean, "median": &in.Median, "min": &in.Min,
		"percentile_00_5": &in.Percentile005, "percentile_99_5": &in.Percentile995, "std": &in.Std}
}

// Marshal returns the text of dataset_fingerprint.json.
func (f *Fingerprint) Marshal() ([]byte, error) {
	channels := map[string]any{}
	for i, in := range f.Intensities {
		properties := map[string]float64{}
		for name, value := range fields(&in) {
			properties[name] = *value
		}
		channels[strconv.Itoa(i)] = properties
	}
	return jsonx.Marshal(map[string]any{intensitiesKey: channels, sizeKey: f.RelativeSize, shapesKey: f.Shapes, spacingsKey: f.Spacings}, jsonx.NNUNet)
}

// Parse reads the text of a dataset_fingerprint.json.
func Parse(data []byte) (*Fingerprint, error) {
	o, err := jsonx.ParseObject(data)
	if err != nil {
		return nil, err
	}
	f := &Fingerprint{}
	if f.RelativeSize, err = number(o, sizeKey); err != nil {
		return nil, err
	}
	if err := f.parseIntensities(o); err != nil {
		return nil, err
	}
	return f, f.parseCases(o)
}

func (f *Fingerprint) parseIntensities(o *jsonx.Object) error {
	v, _ := o.Get(intensitiesKey)
	channels, ok := v.(*jsonx.Object)
	if !ok {
		return fmt.Errorf("%s is %s, want an object with one entry per channel", intensitiesKey, jsonx.Kind(v))
	}
	f.Intensities = make([]plans.Intensity, len(channels.Members))
	for i := range f.Intensities {
		v, _ := channels.Get(strconv.Itoa(i))
		properties, ok := v.(*jsonx.Object)
		if !ok {
			return fmt.Errorf("%s: channel %d is missing", intensitiesKey, i)
		}
		for name, into := range fields(&f.Intensities[i]) {
			value, err := number(properties, name)
			if err != nil {
				return fmt.Errorf("%s: channel %d: %w", intensitiesKey, i, err)
			}
			*into = value
		}
	}
	return nil
}

func (f *Fingerprint) parseCases(o *jsonx.Object) error {
	shapes, err := triples(o, shapesKey)
	if err != nil {
		return err
	}
	for i, s := range shapes {
		var shape [3]int
		for axis, v := range s {
			if v != math.Trunc(v) || v < 1 || v > math.MaxInt32 {
				return fmt.Errorf("%s: case %d: %g is no number of voxels", shapesKey, i, v)
			}
			shape[axis] = int(v)
		}
		f.Shapes = append(f.Shapes, shape)
	}
	if f.Spacings, err = triples(o, spacingsKey); err != nil {
		return err
	}
	if len(f.Spacings) != len(f.Shapes) {
		return fmt.Errorf("%s has %d cases, %s has %d", shapesKey, len(f.Shapes), spacingsKey, len(f.Spacings))
	}
	for i, s := range f.Spacings {
		for _, v := range s {
			if !(v > 0) || math.IsInf(v, 0) {
				return fmt.Errorf("%s: case %d: %g mm is no spacing", spacingsKey, i, v)
			}
		}
	}
	return nil
}

func number(o *jsonx.Object, key string) (float64, error) {
	v, _ := o.Get(key)
	n, ok := v.(jsonx.Number)
	if !ok {
		return 0, fmt.Errorf("%s is %s, want a number", key, jsonx.Kind(v))
	}
	return n.Float64(), nil
}

func triples(o *jsonx.Object, key string) ([][3]float64, error) {
	v, _ := o.Get(key)
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("%s is %s, want a list with three numbers per case", key, jsonx.Kind(v))
	}
	r := make([][3]float64, len(list))
	for i, item := range list {
		numbers, ok := item.([]any)
		if !ok || len(numbers) != 3 {
			return nil, fmt.Errorf("%s: case %d has not three numbers", key, i)
		}
		for axis, v := range numbers {
			n, ok := v.(jsonx.Number)
			if !ok {
				return nil, fmt.Errorf("%s: case %d: %s, want a number", key, i, jsonx.Kind(v))
			}
			r[i][axis] = n.Float64()
		}
	}
	return r, nil
}
