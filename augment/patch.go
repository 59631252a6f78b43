package augment

// Patch is one sample on its way from a case to the network.
type Patch struct {
	// Shape is the number of voxels per axis, slowest first; a 2D patch has one along axis 0.
	Shape [3]int
	// Channels is the number of image channels in Data.
	Channels int
	// Data holds the image, (channel, z, y, x).
	Data []float32
	// Labels holds the segmentation, (z, y, x); -1 lies outside of the nonzero region.
	Labels []int16
	// Previous is the previous stage's segmentation in a cascade, else nil.
	Previous []int16

	spare       []float32 // as large as Data ever gets
	spareLabels []int16
	row         row
	kernel      []float32
	bits        bitScratch
}

// Reset gives the patch a shape and a number of channels. The contents of Data and Labels are
// undefined afterwards; memory is kept from earlier uses.
func (p *Patch) Reset(shape [3]int, channels int) {
	p.Shape, p.Channels = shape, channels
	n := p.Voxels()
	p.Data = grow(p.Data, channels*n)
	p.Labels = grow(p.Labels, n)
	if p.Previous != nil {
		p.Previous = grow(p.Previous, n)
	}
}

// Voxels returns the number of voxels of one channel.
func (p *Patch) Voxels() int { return p.Shape[0] * p.Shape[1] * p.Shape[2] }

// Channel returns the voxels of one channel.
func (p *Patch) Channel(c int) []float32 {
	n := p.Voxels()
	return p.Data[c*n : (c+1)*n : (c+1)*n]
}

// scratch returns working memory for n numbers, with undefined content. It has room for whatever Data
// has room for, so that the two can change places.
func (p *Patch) scratch(n int) []float32 {
	p.spare = grow(p.spare, max(n, cap(p.Data)))[:n]
	return p.spare
}

// scratchLabels is scratch for label maps.
func (p *Patch) scratchLabels(n int) []int16 {
	p.spareLabels = grow(p.spareLabels, max(n, cap(p.Labels)))[:n]
	return p.spareLabels
}

// grow returns a slice of n elements, s itself where it is large enough.
func grow[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	return make([]T, n)
}
