package fingerprint

import (
	"context"
	"errors"
	"sort"
	"sync/atomic"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/internal/random"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
)

// Options says how to extract.
type Options struct {
	// Workers is the number of images that are looked at, and in memory, at the same time; 0 means 1.
	Workers int
	// Progress is called after every case, from any goroutine, if it is not nil.
	Progress func(done, total int)
}

const (
	totalSamples = 100_000_000 // intensities per channel, over all cases (num_foreground_voxels_for_intensitystats: 10e7)
	sampleSeed   = 1234
)

// Extract measures the training cases of a dataset. The result does not depend on the number of
// workers. The error names every case that cannot be read.
func Extract(ctx context.Context, d *dataset.Dataset, o Options) (*Fingerprint, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	e := extraction{
		dataset: d,
		samples: totalSamples / len(d.Cases),
		cases:   make([]caseResult, len(d.Cases)),
		pools:   make([]pool, len(d.Channels)),
	}
	var done atomic.Int64
	err := parallel.Every(ctx, max(1, o.Workers), len(d.Cases), func(_, i int) error {
		if err := e.measure(i); err != nil {
			return err
		}
		if n := done.Add(1); o.Progress != nil {
			o.Progress(int(n), len(d.Cases))
		}
		return nil
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, fault.Input(err)
	}
	return e.summary()
}

type extraction struct {
	dataset *dataset.Dataset
	samples int // per case and channel
	cases   []caseResult
	pools   []pool // one per channel
	empty   atomic.Bool
}

type caseResult struct {
	shape        [3]int
	spacing      [3]float64
	relativeSize float64
}

// measure looks at one case: DatasetFingerprintExtractor.analyze_case.
func (e *extraction) measure(i int) error {
	image, labels, err := e.dataset.Load(e.dataset.Cases[i])
	if err != nil {
		return err
	}
	channels := make([]volume.Grid[float32], image.Channels)
	for c := range channels {
		channels[c] = image.Channel(c)
	}
	_, box := volume.NonZero(channels)
	shape := box.Shape()
	e.cases[i] = caseResult{shape: shape, spacing: image.Spacing,
		relativeSize: float64(shape[0]*shape[1]*shape[2]) / float64(image.Voxels())}
	e.sample(image, foreground(labels, box))
	return nil
}

// foreground lists the voxels of the box whose label is above 0, the ignore label included, in C
// order, as positions in the whole image.
func foreground(labels *volume.Labels, box volume.Box) []int {
	var at []int
	for z := box.Start[0]; z < box.End[0]; z++ {
		for y := box.Start[1]; y < box.End[1]; y++ {
			row := (z*labels.Shape[1] + y) * labels.Shape[2]
			for x := box.Start[2]; x < box.End[2]; x++ {
				if labels.Data[row+x] > 0 {
					at = append(at, row+x)
				}
			}
		}
	}
	return at
}

// sample draws intensities with replacement. One generator serves all channels, one after the other,
// and starts anew for every case.
func (e *extraction) sample(image *volume.Image, at []int) {
	if len(at) == 0 {
		e.empty.Store(true)
		return
	}
	rng := random.NewLegacy(sampleSeed)
	drawn := make([]uint32, len(at))
	for c := range image.Channels {
		clear(drawn)
		rng.Count(drawn, e.samples)
		e.pools[c].add(image.Channel(c).Data, at, drawn)
	}
}

func (e *extraction) summary() (*Fingerprint, error) {
	f := &Fingerprint{Intensities: make([]plans.Intensity, len(e.pools))}
	var sizes []float64
	for _, c := range e.cases {
		f.Shapes = append(f.Shapes, c.shape)
		f.Spacings = append(f.Spacings, c.spacing)
		sizes = append(sizes, c.relativeSize)
	}
	f.RelativeSize = median(sizes)
	for c := range e.pools {
		p := &e.pools[c]
		if p.count() == 0 {
			return nil, fault.Input(errors.New("fingerprint: no training case has a foreground voxel; check the label files"))
		}
		// numpy concatenates the samples of all cases; a case without any contributes an empty array
		// of float64, which makes all of them float64.
		f.Intensities[c] = p.statistics(e.empty.Load())
	}
	return f, nil
}

func median(values []float64) float64 {
	sort.Float64s(values)
	n := len(values)
	if n%2 == 1 {
		return values[n/2]
	}
	return (values[n/2-1] + values[n/2]) / 2
}
