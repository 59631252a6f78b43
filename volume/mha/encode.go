package mha

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zlib"

	"github.com/autoseg/autoseg/internal/voxels"
	"github.com/autoseg/autoseg/volume"
)

// Encode writes an image as an .mha file of float32 elements, compressed; several channels become
// components of the elements.
func Encode(w io.Writer, image *volume.Image) error {
	p, err := imagePayload(image)
	if err != nil {
		return err
	}
	return p.attached(w)
}

// EncodeLabels writes a segmentation as a compressed .mha file, of uint8 elements if every label is
// below 255, else of uint16 (as nnU-Net does).
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
	elements string
	write    func(io.Writer) error
}

func imagePayload(image *volume.Image) (payload, error) {
	n := image.Voxels()
	if err := image.Validate(); err != nil {
		return payload{}, err
	}
	if len(image.Data) != image.Channels*n || image.Channels < 1 {
		return payload{}, fmt.Errorf("image of shape %v and %d channels has %d voxels", image.Shape, image.Channels, len(image.Data))
	}
	data := voxels.Interleave(image.Data, image.Channels)
	return payload{image.Geometry, image.Channels, "MET_FLOAT", func(w io.Writer) error { return voxels.WriteFloat32(w, data) }}, nil
}

func labelsPayload(labels *volume.Labels) (payload, error) {
	if err := labels.Validate(); err != nil {
		return payload{}, err
	}
	if len(labels.Data) != labels.Voxels() {
		return payload{}, fmt.Errorf("labels of shape %v have %d voxels", labels.Shape, len(labels.Data))
	}
	elements := "MET_USHORT"
	if voxels.LabelType(labels.Data) == voxels.Uint8 {
		elements = "MET_UCHAR"
	}
	return payload{labels.Geometry, 1, elements, func(w io.Writer) error { return voxels.WriteLabels(w, labels.Data) }}, nil
}

// attached writes header and voxels.
func (p payload) attached(w io.Writer) error {
	packed, err := p.packed()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, p.header(len(packed), local)); err != nil {
		return err
	}
	_, err = w.Write(packed)
	return err
}

// packed compresses the voxels, in memory: their size stands before them.
func (p payload) packed() ([]byte, error) {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if err := p.write(z); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// header returns the text of the header, in the order in which ITK writes it. packed is the size of the
// compressed voxels.
func (p payload) header(packed int, dataFile string) string {
	g, axes := p.geometry, 3
	if g.Flat() {
		axes = 2
	}
	var b strings.Builder
	line := func(key string, values ...string) { b.WriteString(key + " = " + strings.Join(values, " ") + "\n") }
	line("ObjectType", "Image")
	line("NDims", strconv.Itoa(axes))
	line("BinaryData", "True")
	line("BinaryDataByteOrderMSB", "False")
	line("CompressedData", "True")
	line("CompressedDataSize", strconv.Itoa(packed))
	line("TransformMatrix", numbers(axes*axes, func(i int) float64 { return g.Direction[3*(i%axes)+i/axes] })...)
	line("Offset", numbers(axes, func(i int) float64 { return g.Origin[i] })...)
	line("CenterOfRotation", numbers(axes, func(int) float64 { return 0 })...)
	line("ElementSpacing", numbers(axes, func(i int) float64 { return g.Spacing[2-i] })...)
	line("DimSize", numbers(axes, func(i int) float64 { return float64(g.Shape[2-i]) })...)
	if p.channels > 1 {
		line("ElementNumberOfChannels", strconv.Itoa(p.channels))
	}
	line("ElementType", p.elements)
	line("ElementDataFile", dataFile)
	return b.String()
}

// numbers writes n numbers in the fewest digits that read back as the same float64.
func numbers(n int, value func(i int) float64) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = strconv.FormatFloat(value(i)+0, 'g', -1, 64) // + 0 makes -0 a 0
		if v := value(i); v == float64(int64(v)) {
			all[i] = strconv.FormatInt(int64(v), 10)
		}
	}
	return all
}
