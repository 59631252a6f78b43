package dicom

import (
	"errors"
	"fmt"
	"math"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// slice is one frame of a file and where it lies.
type slice struct {
	object *object
	format pixelFormat
	frame  int
	path   string

	placed   bool // position and orientation are known
	position [3]float64
	row, col [3]float64 // world directions of growing column and row number
	spacing  [2]float64 // between rows, between columns (y, x) in mm
	between  float64    // of neighbouring slices as the file claims, 0 where it does not
	rescale  rescale
	moment   moment
	number   float64 // of the instance
	uid      string
	segment  uint16 // of a segmentation that the frame is part of, 0 in a label map
}

// groups is the functional group macros of a frame: its own first, then the shared ones, then the data set.
type groups []attributes

// find returns the item or data set that has an element, looking into one sequence of each group.
func (g groups) find(sequence, element tag.Tag) attributes {
	for _, a := range g[:len(g)-1] {
		if item := a.first(sequence); item[element] != nil {
			return item
		}
	}
	return g[len(g)-1]
}

// slices returns the frames of an object.
func (o *object) slices(path string) ([]slice, error) {
	if reason := o.noImage(); reason != "" {
		return nil, notImage{reason}
	}
	return o.frames(path)
}

// frames returns the frames of any object that has pixels.
func (o *object) frames(path string) ([]slice, error) {
	f, err := o.format()
	if err != nil {
		return nil, err
	}
	perFrame, shared := o.items(tag.PerFrameFunctionalGroupsSequence), o.first(tag.SharedFunctionalGroupsSequence)
	if n := len(perFrame); n > 0 && n != f.frames {
		return nil, fmt.Errorf("NumberOfFrames is %d, and PerFrameFunctionalGroupsSequence describes %d frames", f.frames, n)
	}
	out := make([]slice, f.frames)
	for i := range out {
		g := groups{shared, o.attributes}
		if len(perFrame) > 0 {
			g = groups{perFrame[i], shared, o.attributes}
		}
		out[i] = slice{object: o, format: f, frame: i, path: path, uid: o.text(tag.SOPInstanceUID)}
		if err := out[i].place(g); err != nil {
			return nil, err
		}
		if f.frames > 1 && len(perFrame) == 0 {
			out[i].placed = false // one position cannot be that of every frame
		}
	}
	return out, nil
}

// notImage is why a readable object holds no image.
type notImage struct{ reason string }

func (e notImage) Error() string { return "holds no image: " + e.reason }

// noImage names objects that are no images although some have pixels.
func (o *object) noImage() string {
	switch class := o.text(tag.SOPClassUID); {
	case class == segmentationClass || class == labelMapClass:
		return "it is a segmentation (DICOM-SEG)"
	case class == "1.2.840.10008.5.1.4.1.1.481.3":
		return "it is a set of contours (RTSTRUCT)"
	case class == "1.2.840.10008.5.1.4.1.1.481.2":
		return "it is a dose distribution (RTDOSE)"
	case class == "1.2.840.10008.1.3.10":
		return "it is a directory of other files (DICOMDIR)"
	case o.attributes[tag.Rows] == nil:
		return "it has no rows and columns"
	}
	return ""
}

// place reads where a frame lies and how its values are scaled.
func (s *slice) place(g groups) error {
	at := g.find(tag.PlanePositionSequence, tag.ImagePositionPatient).numbers(tag.ImagePositionPatient)
	along := g.find(tag.PlaneOrientationSequence, tag.ImageOrientationPatient).numbers(tag.ImageOrientationPatient)
	measures := g.find(tag.PixelMeasuresSequence, tag.PixelSpacing)
	apart := measures.numbers(tag.PixelSpacing)
	values := g.find(tag.PixelValueTransformationSequence, tag.RescaleSlope)
	s.rescale = rescale{values.number(tag.RescaleSlope, 1), values.number(tag.RescaleIntercept, 0)}
	s.spacing = [2]float64{1, 1}
	if len(apart) == 2 {
		s.spacing = [2]float64{apart[0], apart[1]}
	}
	if !(s.spacing[0] > 0 && s.spacing[1] > 0) {
		return fmt.Errorf("PixelSpacing is %v, want two positive numbers", apart)
	}
	s.between = math.Abs(measures.number(tag.SpacingBetweenSlices, measures.number(tag.SliceThickness, 0)))
	s.segment = uint16(g.find(tag.SegmentIdentificationSequence, tag.ReferencedSegmentNumber).number(tag.ReferencedSegmentNumber, 0))
	s.moment, s.number = whenOf(g), g[len(g)-1].number(tag.InstanceNumber, 0)
	if len(at) != 3 || len(along) != 6 {
		return nil
	}
	s.placed, s.position = true, [3]float64(at)
	s.row, s.col = [3]float64(along[:3]), [3]float64(along[3:])
	return s.straight()
}

// straight checks that rows and columns are unit vectors at a right angle, and makes them so to the last bit.
func (s *slice) straight() error {
	r, c := length(s.row), length(s.col)
	if math.Abs(r-1) > 0.01 || math.Abs(c-1) > 0.01 || math.Abs(dot(s.row, s.col)) > 0.01 {
		return errors.New("ImageOrientationPatient is no pair of unit vectors at a right angle")
	}
	for i := range 3 {
		s.row[i] /= r
		s.col[i] /= c
	}
	return nil
}

// normal is the direction across the slices.
func (s *slice) normal() [3]float64 { return cross(s.row, s.col) }

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

func length(a [3]float64) float64 { return math.Sqrt(dot(a, a)) }

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func minus(a, b [3]float64) [3]float64 { return [3]float64{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }
