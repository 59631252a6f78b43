package nifti

import "github.com/autoseg/autoseg/volume"

// ReadGeometry reads the header of a file only: where its voxels lie and how many channels it has.
func ReadGeometry(path string) (volume.Geometry, int, error) {
	return ReadGeometryAs(path, conventionOf(path))
}

// ReadGeometryAs is ReadGeometry with the conventions of a given program.
func ReadGeometryAs(path string, c Convention) (volume.Geometry, int, error) {
	p, err := readFile(path, c, source.peek)
	return p.geometry, p.channels, err
}

// peek is what a header tells.
type peek struct {
	geometry volume.Geometry
	channels int
}

func (s source) peek() (peek, error) {
	h, _, err := s.open()
	if err != nil {
		return peek{}, err
	}
	g, channels, err := h.geometry(s.convention)
	if t := voxelTypes[h.datatype()]; t.keep > 1 {
		channels *= t.keep
	}
	return peek{g, channels}, err
}
