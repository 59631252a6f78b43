package importer

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
)

// dicomFile builds explicit little-endian DICOM files.
type dicomFile struct{ bytes.Buffer }

func (d *dicomFile) element(group, number uint16, vr, value string) {
	if len(value)%2 == 1 {
		pad := " "
		if vr == "UI" || vr == "OB" {
			pad = "\x00"
		}
		value += pad
	}
	for _, v := range []uint16{group, number} {
		binary.Write(d, binary.LittleEndian, v)
	}
	d.WriteString(vr)
	if vr == "OW" || vr == "OB" {
		d.Write([]byte{0, 0})
		binary.Write(d, binary.LittleEndian, uint32(len(value)))
	} else {
		binary.Write(d, binary.LittleEndian, uint16(len(value)))
	}
	d.WriteString(value)
}

func short(v int) string { return string([]byte{byte(v), byte(v >> 8)}) }

// dicomSlice is one slice of a series.
type dicomSlice struct {
	series, modality string
	instance         int
	z                float64
	rows, columns    int
	pixels           []int16
	spacing          [2]float64
}

// encode returns a DICOM file, with a patient's name that must not come out anywhere.
func (s dicomSlice) encode() []byte {
	const class = "1.2.840.10008.5.1.4.1.1.2"
	instance := fmt.Sprintf("%s.%d", s.series, s.instance)
	var meta dicomFile
	meta.element(2, 1, "OB", "\x00\x01")
	meta.element(2, 2, "UI", class)
	meta.element(2, 3, "UI", instance)
	meta.element(2, 0x10, "UI", "1.2.840.10008.1.2.1")
	var d dicomFile
	d.Write(make([]byte, 128))
	d.WriteString("DICM")
	d.element(2, 0, "UL", string(binary.LittleEndian.AppendUint32(nil, uint32(meta.Len()))))
	d.Write(meta.Bytes())
	d.element(8, 0x16, "UI", class)
	d.element(8, 0x18, "UI", instance)
	d.element(8, 0x60, "CS", s.modality)
	d.element(0x10, 0x10, "PN", "SECRET^NAME")
	d.element(0x10, 0x20, "LO", "SECRET-ID")
	d.element(0x20, 0x0d, "UI", "1.2.826.0.1.3680043.9.1")
	d.element(0x20, 0x0e, "UI", s.series)
	d.element(0x20, 0x11, "IS", "1")
	d.element(0x20, 0x13, "IS", strconv.Itoa(s.instance))
	d.element(0x20, 0x32, "DS", fmt.Sprintf(`-10\20\%g`, s.z))
	d.element(0x20, 0x37, "DS", `1\0\0\0\1\0`)
	d.element(0x28, 2, "US", short(1))
	d.element(0x28, 4, "CS", "MONOCHROME2")
	d.element(0x28, 0x10, "US", short(s.rows))
	d.element(0x28, 0x11, "US", short(s.columns))
	d.element(0x28, 0x30, "DS", fmt.Sprintf(`%g\%g`, s.spacing[0], s.spacing[1]))
	d.element(0x28, 0x100, "US", short(16))
	d.element(0x28, 0x101, "US", short(16))
	d.element(0x28, 0x102, "US", short(15))
	d.element(0x28, 0x103, "US", short(1))
	var pixels bytes.Buffer
	binary.Write(&pixels, binary.LittleEndian, s.pixels)
	d.element(0x7fe0, 0x10, "OW", pixels.String())
	return d.Bytes()
}

// writeDICOM writes one file per slice. With "down" the first file is the uppermost slice.
func (c content) writeDICOM(t *testing.T, stage string) {
	t.Helper()
	series, ok := c.line.option("series")
	if !ok {
		series = "1.2.826.0.1.3680043.9." + strconv.Itoa(len(c.line.path)) + "." + strconv.Itoa(int(c.value(0, 0, 0, 0))+2000)
	}
	modality := "CT"
	if m, ok := c.line.option("modality"); ok {
		modality = m
	}
	im := c.wholeImage()
	paths := c.line.expand()
	size := c.geometry.Shape[1] * c.geometry.Shape[2]
	_, down := c.line.option("down")
	for i, path := range paths {
		z := i
		if down {
			z = len(paths) - 1 - i
		}
		pixels := make([]int16, size)
		for k := range pixels {
			pixels[k] = int16(im[z*size+k])
		}
		s := dicomSlice{series, modality, i + 1, 30 + 2.5*float64(z), c.geometry.Shape[1], c.geometry.Shape[2], pixels, [2]float64{0.75, 0.75}}
		write(t, filepath.Join(stage, path), s.encode())
	}
}

// wholeImage returns the voxels of an image or of labels.
func (c content) wholeImage() []float32 {
	if !c.isLabels {
		return c.image().Data
	}
	labels := c.labels().Data
	out := make([]float32, len(labels))
	for i, v := range labels {
		out[i] = float32(v)
	}
	return out
}
