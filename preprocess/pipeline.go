package preprocess

import (
	"errors"
	"fmt"
	"slices"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
)

// Pipeline preprocesses cases for one configuration of a plan.
type Pipeline struct {
	// Workers is the number of goroutines that one case is worked on with; 0 means one.
	Workers int

	configuration *plans.Configuration
	intensities   []plans.Intensity
	labelling     *dataset.Labelling
	forward       [3]int
	methods       methods
}

// New returns the pipeline of a configuration. The labelling decides which classes get locations.
func New(p *plans.Plans, configuration string, labelling *dataset.Labelling) (*Pipeline, error) {
	c, err := p.Configuration(configuration)
	if err != nil {
		return nil, fmt.Errorf("preprocess: %w", err)
	}
	pipeline := &Pipeline{
		configuration: c, intensities: p.Intensities, labelling: labelling, forward: p.TransposeForward,
	}
	if err := pipeline.validate(); err != nil {
		return nil, fmt.Errorf("preprocess %s: %w", configuration, err)
	}
	pipeline.methods, err = methodsOf(c)
	if err != nil {
		return nil, fmt.Errorf("preprocess %s: %w", configuration, err)
	}
	return pipeline, nil
}

func (p *Pipeline) validate() error {
	sorted := p.forward
	slices.Sort(sorted[:])
	if sorted != [3]int{0, 1, 2} {
		return fmt.Errorf("transpose_forward %v is no order of three axes", p.forward)
	}
	if n := len(p.configuration.Spacing); n != 2 && n != 3 {
		return fmt.Errorf("spacing %v: want two or three numbers", p.configuration.Spacing)
	}
	if len(p.configuration.Normalisation) == 0 {
		return errors.New("no normalisation of any channel")
	}
	for i, n := range p.configuration.Normalisation {
		if normalisers[n.Scheme] == nil {
			return fmt.Errorf("channel %d: no normalisation %q", i, n.Scheme)
		}
		if n.Scheme == plans.CT && i >= len(p.intensities) {
			return fmt.Errorf("channel %d: the plan has no intensities for its normalisation", i)
		}
	}
	return nil
}

// Sample is a preprocessed case.
type Sample struct {
	// Channels is the number of image channels.
	Channels int
	// Shape is the number of voxels per axis.
	Shape [3]int
	// Data holds the image, (channel, z, y, x) in C order.
	Data []float32
	// Labels holds the segmentation, (z, y, x); -1 is background outside of the nonzero region. It is
	// nil when the case came without.
	Labels []int16
	// Locations holds sampled voxels of every class, if there are labels.
	Locations []dataset.ClassLocations
	// Trail leads back to the geometry of the file.
	Trail Trail
}

// Channel returns the view of one channel.
func (s *Sample) Channel(c int) volume.Grid[float32] {
	n := s.Shape[0] * s.Shape[1] * s.Shape[2]
	return volume.NewGrid(s.Shape, s.Data[c*n:(c+1)*n])
}

// Run preprocesses a case. Labels are nil where there are none, at inference. The image is only read.
func (p *Pipeline) Run(image *volume.Image, labels *volume.Labels) (*Sample, error) {
	s, err := p.run(image, labels)
	if err != nil {
		return nil, err
	}
	if labels != nil {
		s.Locations = locations(p.labelling, s.Shape, s.Labels)
	}
	return s, nil
}

func (p *Pipeline) run(image *volume.Image, labels *volume.Labels) (*Sample, error) {
	if err := p.check(image, labels); err != nil {
		return nil, err
	}
	c := p.crop(image, labels)
	trail := p.trail(image, c.box)
	s := &Sample{Channels: image.Channels, Shape: trail.Resampled, Trail: trail}
	s.Data = make([]float32, s.Channels*s.Shape[0]*s.Shape[1]*s.Shape[2])
	if err := p.fillImage(s, c); err != nil {
		return nil, err
	}
	c.channels = nil
	tidy(4 * len(s.Data))
	if labels != nil {
		p.fillLabels(s, c)
	}
	return s, nil
}

// check reports what makes a case unusable for this pipeline.
func (p *Pipeline) check(image *volume.Image, labels *volume.Labels) error {
	if err := image.Validate(); err != nil {
		return err
	}
	if want := len(p.configuration.Normalisation); image.Channels != want {
		return fmt.Errorf("the image has %d channels, the plan is for %d", image.Channels, want)
	}
	if labels == nil {
		return nil
	}
	if labels.Shape != image.Shape {
		return fmt.Errorf("the labels have shape %v, the image has %v", labels.Shape, image.Shape)
	}
	if largest := slices.Max(labels.Data); largest > dataset.MaxLabel {
		return fmt.Errorf("the labels hold the value %d; preprocessed labels go up to %d", largest, dataset.MaxLabel)
	}
	return nil
}

// cropped is a case behind transposition and crop: views of the file's arrays.
type cropped struct {
	box      volume.Box // in the transposed array
	channels []volume.Grid[float32]
	labels   volume.Grid[uint16]
	// inside marks the nonzero region and every labelled voxel.
	inside volume.Grid[bool]
}

func (p *Pipeline) crop(image *volume.Image, labels *volume.Labels) *cropped {
	c := &cropped{}
	for i := range image.Channels {
		c.channels = append(c.channels, image.Channel(i).Permute(p.forward))
	}
	shape := c.channels[0].Shape
	mask, box := volume.NonZero(c.channels)
	c.box, c.inside = box, volume.NewGrid(shape, mask).Crop(box)
	for i := range c.channels {
		c.channels[i] = c.channels[i].Crop(box)
	}
	if labels != nil {
		c.labels = labels.Grid().Permute(p.forward).Crop(box)
		markLabelled(c.inside, c.labels)
	}
	return c
}

// markLabelled adds the labelled voxels to the mask: nnU-Net gives -1 to background voxels outside of
// the nonzero region only, and normalises by "not -1".
func markLabelled(inside volume.Grid[bool], labels volume.Grid[uint16]) {
	for z := range labels.Shape[0] {
		for y := range labels.Shape[1] {
			l, m := labels.Index(z, y, 0), inside.Index(z, y, 0)
			for range labels.Shape[2] {
				if labels.Data[l] != 0 {
					inside.Data[m] = true
				}
				l, m = l+labels.Stride[2], m+inside.Stride[2]
			}
		}
	}
}

// fillImage normalises, then resamples, channel by channel. The only array besides the result is one
// normalised channel, and not even that where the shape stays.
func (p *Pipeline) fillImage(s *Sample, c *cropped) error {
	var scratch []float32
	shape := c.box.Shape()
	if shape != s.Shape {
		scratch = make([]float32, shape[0]*shape[1]*shape[2])
	}
	method := p.methods.data.between(s.Trail.CropSpacing(), s.Trail.Spacing)
	method.Workers = p.Workers
	for i, channel := range c.channels {
		normalised := s.Channel(i)
		if scratch != nil {
			normalised = volume.NewGrid(shape, scratch)
		}
		volume.CopyGrid(normalised, channel)
		if err := p.normalise(i, normalised, c.inside); err != nil {
			return fmt.Errorf("channel %d: %w", i, err)
		}
		if scratch != nil {
			volume.Resample(s.Channel(i), normalised, method)
			tidy(volume.CubicMemory(s.Shape, shape))
		}
	}
	return nil
}

func (p *Pipeline) fillLabels(s *Sample, c *cropped) {
	shape := c.box.Shape()
	native := make([]int16, shape[0]*shape[1]*shape[2])
	volume.MarkOutside(native, c.labels, c.inside)
	if shape == s.Shape {
		s.Labels = native
		return
	}
	s.Labels = make([]int16, s.Shape[0]*s.Shape[1]*s.Shape[2])
	method := p.methods.labels.between(s.Trail.CropSpacing(), s.Trail.Spacing)
	method.Workers = p.Workers
	p.methods.labels.resampleLabels(volume.NewGrid(s.Shape, s.Labels), volume.NewGrid(shape, native), method)
}
