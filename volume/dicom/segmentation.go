package dicom

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/autoseg/autoseg/volume"
)

const (
	segmentationClass = "1.2.840.10008.5.1.4.1.1.66.4"
	labelMapClass     = "1.2.840.10008.5.1.4.1.1.66.7"
)

// Segmentation is a DICOM-SEG object: a mask for each segment. Segments may overlap.
type Segmentation struct {
	volume.Geometry
	// Segments are the masks in C order (z, y, x), by segment number.
	Segments map[uint16][]bool
	// Names are what segments are called, where the file says.
	Names map[uint16]string
}

// ReadSegmentation reads a DICOM-SEG file: binary, fractional (a voxel belongs to a segment from half of
// MaximumFractionalValue upwards) or a label map. The grid spans the frames that are there.
func ReadSegmentation(path string) (*Segmentation, error) {
	o, err := readObject(path)
	if err == nil {
		var s *Segmentation
		if s, err = o.segmentation(path); err == nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("read %s: %w", path, err)
}

// IsSegmentation reports whether a file is a DICOM-SEG object that can be read.
func IsSegmentation(path string) bool {
	o, err := readObject(path)
	return err == nil && o.isSegmentation()
}

func (o *object) isSegmentation() bool {
	class := o.text(tag.SOPClassUID)
	return class == segmentationClass || class == labelMapClass
}

// ReadLabels reads a DICOM-SEG file as one label map, its values the segment numbers. Overlapping segments are
// an error.
func ReadLabels(path string) (*volume.Labels, error) {
	s, err := ReadSegmentation(path)
	if err != nil {
		return nil, err
	}
	labels, err := s.Labels()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return labels, nil
}

// Labels merges the masks.
func (s *Segmentation) Labels() (*volume.Labels, error) {
	labels := volume.NewLabels(s.Geometry)
	for _, number := range slices.Sorted(maps.Keys(s.Segments)) {
		for i, in := range s.Segments[number] {
			if !in {
				continue
			}
			if other := labels.Data[i]; other != 0 {
				return nil, fmt.Errorf("segments %s and %s overlap: a label map cannot hold both; choose one", s.name(other), s.name(number))
			}
			labels.Data[i] = number
		}
	}
	return labels, nil
}

func (s *Segmentation) name(number uint16) string {
	if name := s.Names[number]; name != "" {
		return fmt.Sprintf("%d (%s)", number, name)
	}
	return fmt.Sprint(number)
}

// Only returns one segment, by its number or its name.
func (s *Segmentation) Only(which string) (*Segmentation, error) {
	var known []string
	for _, number := range slices.Sorted(maps.Keys(s.Segments)) {
		if which == fmt.Sprint(number) || which == s.Names[number] {
			return &Segmentation{Geometry: s.Geometry, Segments: map[uint16][]bool{number: s.Segments[number]}, Names: s.Names}, nil
		}
		known = append(known, s.name(number))
	}
	return nil, fmt.Errorf("there is no segment %q; there are %s", which, strings.Join(known, ", "))
}

func (o *object) segmentation(path string) (*Segmentation, error) {
	if !o.isSegmentation() {
		return nil, errors.New("it is no segmentation (DICOM-SEG)")
	}
	frames, err := o.frames(path)
	if err != nil {
		return nil, err
	}
	if f := frames[0].format; f.samples != 1 || f.floating {
		return nil, errors.New("a segmentation has one whole number per voxel")
	}
	s := &Segmentation{Segments: map[uint16][]bool{}, Names: map[uint16]string{}}
	for _, item := range o.items(tag.SegmentSequence) {
		s.Names[uint16(item.number(tag.SegmentNumber, 0))] = item.text(tag.SegmentLabel)
	}
	if s.Geometry, err = spanned(frames); err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return s, s.fill(o, frames)
}

// spanned returns the grid from the first to the last frame along the normal.
func spanned(frames []slice) (volume.Geometry, error) {
	first, normal := frames[0], frames[0].normal()
	last := first
	for _, s := range frames {
		if !s.placed || s.key() != first.key() {
			return volume.Geometry{}, errors.New("the frames are not parallel, or nothing says where they lie")
		}
		if dot(normal, minus(s.position, first.position)) < 0 {
			first = s
		}
		if dot(normal, minus(s.position, last.position)) > 0 {
			last = s
		}
	}
	if first.between == 0 {
		return volume.Geometry{}, errors.New("nothing says how far slices are apart")
	}
	n := int(min(math.Round(dot(normal, minus(last.position, first.position))/first.between), 1<<16)) + 1
	if voxels := n * first.format.rows * first.format.columns; voxels > 1<<30 {
		return volume.Geometry{}, fmt.Errorf("%d slices of %d x %d voxels are more than a segmentation may have", n, first.format.rows, first.format.columns)
	}
	v := newVolume([]slice{first}, nil)
	v.Shape[0] = n
	return v.Geometry, nil
}

// fill sets the voxels of every frame.
func (s *Segmentation) fill(o *object, frames []slice) error {
	size := s.Shape[1] * s.Shape[2]
	values := make([]float32, size)
	normal := frames[0].normal()
	half := float32(1)
	if o.text(tag.SegmentationType) == "FRACTIONAL" {
		half = float32(o.number(tag.MaximumFractionalValue, 1)) / 2
	}
	for i := range frames {
		f := &frames[i]
		raw, order, err := o.frame(f.format, i)
		if err != nil {
			return err
		}
		f.format.widen(values, raw, order, 0, rescale{slope: 1})
		along := dot(normal, minus(f.position, s.Origin)) / s.Spacing[0]
		z := int(math.Round(along))
		if math.Abs(along-float64(z)) > 0.05 || z < 0 || z >= s.Shape[0] {
			return fmt.Errorf("frame %d lies between the slices of the grid", i+1)
		}
		for j, v := range values {
			number := f.segment
			if f.segment == 0 {
				number = uint16(v)
			}
			if v >= half && number > 0 {
				if s.Segments[number] == nil && (len(s.Segments)+1)*s.Voxels() > 1<<30 {
					return fmt.Errorf("more than %d segments of %d voxels", len(s.Segments), s.Voxels())
				}
				s.mask(number)[z*size+j] = true
			}
		}
	}
	return nil
}

func (s *Segmentation) mask(number uint16) []bool {
	m := s.Segments[number]
	if m == nil {
		m = make([]bool, s.Voxels())
		s.Segments[number] = m
	}
	return m
}
