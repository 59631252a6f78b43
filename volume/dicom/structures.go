package dicom

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/autoseg/autoseg/volume"
)

const structuresClass = "1.2.840.10008.5.1.4.1.1.481.3"

// Structures is an RTSTRUCT object: outlines drawn on the slices of a series.
type Structures struct {
	// Series are the unique identifiers of the series that the outlines were drawn on, where the file says.
	Series  []string
	Regions []Region
	frame   string // of reference
}

// Region is one region of interest.
type Region struct {
	Number   uint16
	Name     string
	Outlines [][][3]float64 // closed, in world coordinates (LPS, mm)
	Open     int            // points and open lines, which enclose nothing
}

// IsStructures reports whether a file is an RTSTRUCT object.
func IsStructures(path string) bool {
	o, err := readObject(path)
	return err == nil && o.text(tag.SOPClassUID) == structuresClass
}

// ReadStructures reads an RTSTRUCT file.
func ReadStructures(path string) (*Structures, error) {
	o, err := readObject(path)
	if err == nil {
		var s *Structures
		if s, err = o.structures(); err == nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("read %s: %w", path, err)
}

func (o *object) structures() (*Structures, error) {
	if o.text(tag.SOPClassUID) != structuresClass {
		return nil, errors.New("it is no set of contours (RTSTRUCT)")
	}
	s := &Structures{}
	for _, frame := range o.items(tag.ReferencedFrameOfReferenceSequence) {
		s.frame = frame.text(tag.FrameOfReferenceUID)
		for _, study := range frame.items(tag.RTReferencedStudySequence) {
			for _, series := range study.items(tag.RTReferencedSeriesSequence) {
				s.Series = append(s.Series, series.text(tag.SeriesInstanceUID))
			}
		}
	}
	at := map[uint16]int{}
	for _, item := range o.items(tag.StructureSetROISequence) {
		number, err := item.count(tag.ROINumber, 0, 1, math.MaxUint16)
		if err != nil {
			return nil, err
		}
		if s.frame == "" {
			s.frame = item.text(tag.ReferencedFrameOfReferenceUID)
		}
		at[uint16(number)] = len(s.Regions)
		s.Regions = append(s.Regions, Region{Number: uint16(number), Name: item.text(tag.ROIName)})
	}
	for _, item := range o.items(tag.ROIContourSequence) {
		i, known := at[uint16(item.number(tag.ReferencedROINumber, 0))]
		if !known {
			return nil, fmt.Errorf("contours of region %g, which is not listed", item.number(tag.ReferencedROINumber, 0))
		}
		if err := s.Regions[i].read(item.items(tag.ContourSequence)); err != nil {
			return nil, fmt.Errorf("region %d (%s): %w", s.Regions[i].Number, s.Regions[i].Name, err)
		}
	}
	return s, nil
}

func (r *Region) read(contours []attributes) error {
	for i, c := range contours {
		kind := c.text(tag.ContourGeometricType)
		if kind != "CLOSED_PLANAR" && kind != "CLOSEDPLANAR_XOR" {
			r.Open++
			continue
		}
		n := c.numbers(tag.ContourData)
		if len(n) == 0 || len(n)%3 != 0 {
			return fmt.Errorf("contour %d has %d coordinates, want three for each point", i+1, len(n))
		}
		outline := make([][3]float64, 0, len(n)/3)
		for p := range slices.Chunk(n, 3) {
			outline = append(outline, [3]float64(p))
		}
		r.Outlines = append(r.Outlines, outline)
	}
	return nil
}

// Reference finds the series that the outlines were drawn on in a folder.
func (s *Structures) Reference(ctx context.Context, folder string) (*Volume, error) {
	volumes, _, err := Scan(ctx, folder)
	if err != nil {
		return nil, err
	}
	var found []*Volume
	for _, v := range volumes {
		if slices.Contains(s.Series, v.Series) || len(s.Series) == 0 && s.frame != "" && s.frame == v.text(tag.FrameOfReferenceUID) {
			found = append(found, v)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%d volumes of %s are of the series that the contours were drawn on (%s), want one", len(found), filepath.ToSlash(folder), strings.Join(s.Series, ", "))
	}
	return found[0], found[0].usable()
}

// Masks fills the outlines on the grid of a volume. A voxel belongs to a region if its centre lies inside an odd
// number of the region's outlines, so an outline within another one is a hole. An outline belongs to the slice that
// it lies nearest to; nothing is filled in between slices.
func (s *Structures) Masks(v *Volume) (*Segmentation, error) {
	out := &Segmentation{Geometry: v.Geometry, Segments: map[uint16][]bool{}, Names: map[uint16]string{}}
	if err := v.Validate(); err != nil {
		return nil, err
	}
	for _, r := range s.Regions {
		if len(r.Outlines) == 0 {
			continue
		}
		if (len(out.Segments)+1)*v.Voxels() > 1<<30 {
			return nil, fmt.Errorf("more than %d regions of %d voxels", len(out.Segments), v.Voxels())
		}
		out.Names[r.Number] = r.Name
		mask := out.mask(r.Number)
		for i, outline := range r.Outlines {
			if err := draw(mask, v.Geometry, outline); err != nil {
				return nil, fmt.Errorf("region %d (%s), contour %d: %w", r.Number, r.Name, i+1, err)
			}
		}
	}
	if len(out.Segments) == 0 {
		return nil, errors.New("no region has a closed contour")
	}
	return out, nil
}

// offPlane is how far, in slices, the points of one outline may lie apart along the normal.
const offPlane = 0.1

// draw turns over the voxels inside an outline.
func draw(mask []bool, g volume.Geometry, outline [][3]float64) error {
	polygon := make(volume.Polygon, len(outline))
	low, high := math.Inf(1), math.Inf(-1)
	for i, p := range outline {
		at := voxelOf(g, p)
		polygon[i] = [2]float64{at[2], at[1]}
		low, high = min(low, at[0]), max(high, at[0])
	}
	if high-low > offPlane {
		return errors.New("it does not lie in the plane of a slice")
	}
	z := int(min(max(math.Round((low+high)/2), -1), float64(g.Shape[0])))
	if z < 0 || z >= g.Shape[0] {
		return fmt.Errorf("it lies %.3g slices from the first one, outside the series of %d slices", (low+high)/2, g.Shape[0])
	}
	plane := mask[z*g.Shape[1]*g.Shape[2]:]
	polygon.Fill(g.Shape[1], g.Shape[2], func(row, column int) {
		plane[row*g.Shape[2]+column] = !plane[row*g.Shape[2]+column]
	})
	return nil
}

// voxelOf returns where a place lies on a grid, in voxels (z, y, x). The grid of a series is at right angles.
func voxelOf(g volume.Geometry, p [3]float64) (at [3]float64) {
	d := minus(p, g.Origin)
	for axis := range 3 {
		column := 2 - axis // of the direction matrix, whose columns are those of x, y and z
		for i := range 3 {
			at[axis] += g.Direction[3*i+column] * d[i]
		}
		at[axis] /= g.Spacing[axis]
	}
	return at
}
