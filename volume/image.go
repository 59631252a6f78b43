package volume

// Image is one case: every channel of a patient on one grid.
type Image struct {
	Geometry
	// Channels is the number of channels, at least 1.
	Channels int
	// Data holds the voxels, channel first, each channel in C order (z, y, x).
	Data []float32
}

// NewImage returns an image of zeros.
func NewImage(g Geometry, channels int) *Image {
	return &Image{Geometry: g, Channels: channels, Data: make([]float32, channels*g.Voxels())}
}

// Channel returns the view of one channel. It panics when there is no such channel.
func (im *Image) Channel(c int) Grid[float32] {
	n := im.Voxels()
	return NewGrid(im.Shape, im.Data[c*n:(c+1)*n])
}

// Labels is a segmentation: one label value per voxel.
type Labels struct {
	Geometry
	// Data holds the label values in C order (z, y, x).
	Data []uint16
}

// NewLabels returns a segmentation that is background everywhere.
func NewLabels(g Geometry) *Labels {
	return &Labels{Geometry: g, Data: make([]uint16, g.Voxels())}
}

// Grid returns the view of the whole segmentation.
func (l *Labels) Grid() Grid[uint16] { return NewGrid(l.Shape, l.Data) }
