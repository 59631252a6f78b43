package tiff

import (
	"encoding/binary"
	"fmt"

	"github.com/autoseg/autoseg/internal/voxels"
)

// pixels reads a page; planes are one per sample.
func (f *file) pixels(p *page, planes [][]float32) error {
	across, down := p.grid()
	for i := range p.offsets {
		raw, err := f.bytes(p.offsets[i], p.sizes[i])
		if err != nil {
			return err
		}
		data, err := decompress(raw, p.compression, p.chunkBytes(p.rows(i)))
		if err != nil {
			return fmt.Errorf("strip or tile %d is damaged or truncated: %w", i, err)
		}
		at := i % (across * down)
		c := chunk{page: p, order: f.order, column: at % across * p.chunkWidth, row: at / across * p.chunkRows, planes: planes}
		if p.separate {
			c.planes = planes[i/(across*down):][:1]
		}
		if err := c.place(data, p.rows(i)); err != nil {
			return err
		}
	}
	return nil
}

// chunk is a strip or tile on its way into the planes.
type chunk struct {
	*page
	order       binary.ByteOrder
	column, row int
	planes      [][]float32
}

// place writes the rows of a chunk to the planes; tiles may reach beyond the page.
func (c chunk) place(data []byte, rows int) error {
	width, samples := int(c.rowBytes()), len(c.planes)
	values := make([]float32, c.chunkWidth*samples)
	inside := min(c.chunkWidth, c.width-c.column)
	for y := range min(rows, c.height-c.row) {
		line := data[y*width : (y+1)*width]
		if c.order == binary.BigEndian && c.numbers != 0 && c.predictor != predictorFloat {
			voxels.Swap(line, c.numbers.Bytes())
		}
		if err := undoPredictor(line, c.page); err != nil {
			return err
		}
		if c.numbers != 0 {
			voxels.Widen(values, line, c.numbers)
		} else {
			c.unpack(values, line)
		}
		for s, plane := range c.planes {
			to := plane[(c.row+y)*c.width+c.column:][:inside]
			for x := range to {
				to[x] = values[x*samples+s]
			}
		}
	}
	return nil
}

// unpack reads numbers of 1, 2 or 4 bits, the first one in the highest bits.
func (c chunk) unpack(values []float32, line []byte) {
	perByte := 8 / c.bits
	for i := range values {
		shift := 8 - c.bits*(i%perByte+1)
		values[i] = float32(line[i/perByte] >> shift & (1<<c.bits - 1))
	}
}
