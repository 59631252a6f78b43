package nrrd

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// Encode writes an image as an .nrrd file of float numbers, compressed; several channels become the
// fastest axis, of kind vector, as ITK has it.
func Encode(w io.Writer, image *volume.Image) error {
	p, err := imagePayload(image)
	if err != nil {
		return err
	}
	return p.attached(w)
}

// EncodeLabels writes a segmentation as a compressed .nrrd file, of unsigned char if every label is below
// 255, else of unsigned short (as nnU-Net does).
func EncodeLabels(w io.Writer, labels *volume.Labels) error {
	p, err := labelsPayload(labels)
	if err != nil {
		return err
	}
	return p.attached(w)
}

// payload is what becomes a file.
type payload struct {
	geometry volume.Geometry
	channels int
	numbers  string
	write    func(io.Writer) error
}

func imagePayload(image *volume.Image) (payload, error) {
	if err := image.Validate(); err != nil {
		return payload{}, err
	}
	if len(image.Data) != image.Channels*image.Voxels() || image.Channels < 1 {
		return payload{}, fmt.Errorf("image of shape %v and %d channels has %d voxels", image.Shape, image.Channels, len(image.Data))
	}
	data := voxels.Interleave(image.Data, image.Channels)
	return payload{image.Geometry, image.Channels, "float", func(w io.Writer) error { return voxels.WriteFloat32(w, data) }}, nil
}

func labelsPayload(labels *volume.Labels) (payload, error) {
	if err := labels.Validate(); err != nil {
		return payload{}, err
	}
	if len(labels.Data) != labels.Voxels() {
		return payload{}, fmt.Errorf("labels of shape %v have %d voxels", labels.Shape, len(labels.Data))
	}
	numbers := "unsigned short"
	if voxels.LabelType(labels.Data) == voxels.Uint8 {
		numbers = "unsigned char"
	}
	return payload{labels.Geometry, 1, numbers, func(w io.Writer) error { return voxels.WriteLabels(w, labels.Data) }}, nil
}

// attached writes header and voxels.
func (p payload) attached(w io.Writer) error {
	if _, err := io.WriteString(w, p.header("")+"\n"); err != nil {
		return err
	}
	return p.packed(w)
}

// packed writes the voxels compressed.
func (p payload) packed(w io.Writer) error {
	z := gzip.NewWriter(w)
	if err := p.write(z); err != nil {
		return err
	}
	return z.Close()
}

// header returns the fields of the header without the empty line that ends it.
func (p payload) header(dataFile string) string {
	n := nativeHeader(p.geometry)
	if n == nil {
		n = newHeader(p.geometry)
	}
	sizes, kinds := make([]string, n.axes), make([]string, n.axes)
	for i := range n.axes {
		sizes[i], kinds[i] = strconv.Itoa(p.geometry.Shape[2-i]), "domain"
	}
	var b strings.Builder
	line := func(field string, values ...string) { b.WriteString(field + ": " + strings.Join(values, " ") + "\n") }
	b.WriteString("NRRD0004\n# Complete NRRD file format specification at:\n# http://teem.sourceforge.net/nrrd/format.html\n")
	channel := func(first string, values []string) []string {
		if p.channels > 1 {
			return append([]string{first}, values...)
		}
		return values
	}
	line("type", p.numbers)
	line("dimension", strconv.Itoa(len(channel("", sizes))))
	switch {
	case n.space != "":
		line("space", n.space)
	case n.spaceAxes > 0:
		line("space dimension", strconv.Itoa(n.spaceAxes))
	}
	line("sizes", channel(strconv.Itoa(p.channels), sizes)...)
	switch {
	case n.vectors != nil:
		line("space directions", channel("none", n.vectors)...)
	case n.spacings != nil:
		line("spacings", channel("nan", n.spacings)...)
	}
	line("kinds", channel("vector", kinds)...)
	line("endian", "little")
	line("encoding", "gzip")
	if n.origin != "" {
		line("space origin", n.origin)
	}
	if dataFile != "" {
		line("data file", dataFile)
	}
	return b.String()
}

// nativeHeader returns the header that g was read with, or nil if there is none or g has been changed
// since.
func nativeHeader(g volume.Geometry) *Header {
	h, ok := g.Native.(*Header)
	if !ok || h == nil {
		return nil
	}
	if g.Native = nil; g != h.geometry {
		return nil
	}
	return h
}

// newHeader makes the fields of a geometry in LPS; those of a 2D image in a plane.
func newHeader(g volume.Geometry) *Header {
	h := &Header{axes: 3, space: "left-posterior-superior", spaceAxes: 3}
	if g.Flat() {
		h.axes, h.space, h.spaceAxes = 2, "", 2
	}
	vector := func(value func(row int) float64) string {
		parts := make([]string, h.spaceAxes)
		for row := range parts {
			parts[row] = strconv.FormatFloat(value(row)+0, 'g', -1, 64) // + 0 makes -0 a 0
		}
		return "(" + strings.Join(parts, ",") + ")"
	}
	for column := range h.spaceAxes {
		h.vectors = append(h.vectors, vector(func(row int) float64 { return g.Direction[3*row+column] * g.Spacing[2-column] }))
	}
	h.origin = vector(func(row int) float64 { return g.Origin[row] })
	return h
}
