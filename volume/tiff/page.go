package tiff

import (
	"fmt"

	"github.com/autoseg/autoseg/internal/voxels"
)

// The fields of a page that matter for its pixels.
const (
	tagSubfile         = 254
	tagWidth           = 256
	tagLength          = 257
	tagBits            = 258
	tagCompression     = 259
	tagPhotometric     = 262
	tagFillOrder       = 266
	tagDescription     = 270
	tagStripOffsets    = 273
	tagSamples         = 277
	tagRowsPerStrip    = 278
	tagStripBytes      = 279
	tagPlanar          = 284
	tagPredictor       = 317
	tagTileWidth       = 322
	tagTileLength      = 323
	tagTileOffsets     = 324
	tagTileBytes       = 325
	tagExtraSamples    = 338
	tagSampleFormat    = 339
	photometricBlack   = 1
	photometricRGB     = 2
	photometricYCbCr   = 6
	planarInterleaved  = 1
	planarSeparate     = 2
	subfileReduced     = 1
	subfileMask        = 4
	formatUnsigned     = 1
	formatSigned       = 2
	formatFloat        = 3
	formatUndefined    = 4
	predictorNone      = 1
	predictorDelta     = 2
	predictorFloat     = 3
	maxPixels          = 1 << 28 // of a page: 16384 x 16384
	maxSamples         = 1 << 12
	fillOrderBackwards = 2
)

// page is one image of the file.
type page struct {
	width, height, samples int
	bits                   int
	numbers                voxels.Type // of samples of whole bytes; 0 for 1, 2 and 4 bits
	compression, predictor int
	separate               bool // samples in planes of their own
	tiled                  bool
	chunkWidth, chunkRows  int // of a tile or strip
	offsets, sizes         []int64
	auxiliary              bool // a thumbnail or a mask
}

// page reads what the fields of a page say.
func (f *file) page(d directory) (*page, error) {
	values := map[uint16]int64{tagCompression: 1, tagSamples: 1, tagPlanar: planarInterleaved, tagPredictor: predictorNone,
		tagSampleFormat: formatUnsigned, tagFillOrder: 1, tagSubfile: 0, tagPhotometric: photometricBlack, tagWidth: 0, tagLength: 0}
	for tag, missing := range values {
		v, err := f.value(d, tag, missing)
		if err != nil {
			return nil, err
		}
		values[tag] = v
	}
	p := &page{compression: int(values[tagCompression]), predictor: int(values[tagPredictor]), separate: values[tagPlanar] == planarSeparate,
		auxiliary: values[tagSubfile]&(subfileReduced|subfileMask) != 0}
	w, h, s := values[tagWidth], values[tagLength], values[tagSamples]
	if w < 1 || h < 1 || w > maxPixels || h > maxPixels/w {
		return nil, fmt.Errorf("%d x %d pixels, want 1 to %d", w, h, maxPixels)
	}
	if s < 1 || s > maxSamples || s > 4 && s > 4*maxPixels/(w*h) {
		return nil, fmt.Errorf("%d samples per pixel of %d x %d pixels, want 1 to %d", s, w, h, min(maxSamples, 4*maxPixels/(w*h)))
	}
	p.width, p.height, p.samples = int(w), int(h), int(s)
	switch {
	case values[tagFillOrder] == fillOrderBackwards:
		return nil, fmt.Errorf("bits in reverse order are not read; write the file again with another program")
	case values[tagPhotometric] == photometricYCbCr:
		return nil, fmt.Errorf("colours as YCbCr are not read; store the image as RGB")
	case expansions[p.compression] == 0:
		return nil, fmt.Errorf("compression %d is not read; use none, LZW, Deflate, PackBits or Zstandard", p.compression)
	}
	if err := p.sampleType(f, d, values[tagSampleFormat]); err != nil {
		return nil, err
	}
	return p, p.chunks(f, d)
}

// sampleType reads bits and format, which must be the same for all samples.
func (p *page) sampleType(f *file, d directory, format int64) error {
	bits, err := f.numbers(d, tagBits)
	if err != nil {
		return err
	}
	formats, err := f.numbers(d, tagSampleFormat)
	if err != nil {
		return err
	}
	if bits == nil {
		bits = []int64{1}
	}
	for _, list := range [][]int64{bits, formats} {
		for _, v := range list {
			if v != list[0] {
				return fmt.Errorf("samples of different types (bits %v, formats %v) are not read", bits, formats)
			}
		}
	}
	if len(bits) == 0 {
		return fmt.Errorf("the field of bits per sample is empty")
	}
	p.bits = int(bits[0])
	table := map[int64]map[int]voxels.Type{
		formatUnsigned: {8: voxels.Uint8, 16: voxels.Uint16, 32: voxels.Uint32, 64: voxels.Uint64},
		formatSigned:   {8: voxels.Int8, 16: voxels.Int16, 32: voxels.Int32, 64: voxels.Int64},
		formatFloat:    {16: voxels.Float16, 32: voxels.Float32, 64: voxels.Float64},
	}
	table[formatUndefined] = table[formatUnsigned]
	p.numbers = table[format][p.bits]
	few := p.bits == 1 || p.bits == 2 || p.bits == 4
	if p.numbers == 0 && !(few && (format == formatUnsigned || format == formatUndefined)) {
		return fmt.Errorf("samples of %d bits in format %d are not read", p.bits, format)
	}
	switch {
	case p.predictor == predictorNone:
	case p.predictor == predictorDelta && p.numbers != 0:
	case p.predictor == predictorFloat && format == formatFloat:
	default:
		return fmt.Errorf("predictor %d with samples of %d bits in format %d is not read", p.predictor, p.bits, format)
	}
	return nil
}

// chunks reads where strips or tiles are.
func (p *page) chunks(f *file, d directory) (err error) {
	offsets, sizes := uint16(tagStripOffsets), uint16(tagStripBytes)
	_, p.tiled = d[tagTileOffsets]
	width, rows := int64(p.width), int64(p.height)
	if p.tiled {
		offsets, sizes = tagTileOffsets, tagTileBytes
		if width, err = f.value(d, tagTileWidth, 0); err != nil {
			return err
		}
		rows, err = f.value(d, tagTileLength, 0)
	} else {
		rows, err = f.value(d, tagRowsPerStrip, rows)
		rows = min(rows, int64(p.height))
	}
	if err != nil {
		return err
	}
	if width < 1 || rows < 1 || width > maxPixels || rows > maxPixels/width {
		return fmt.Errorf("strips or tiles of %d x %d pixels", width, rows)
	}
	p.chunkWidth, p.chunkRows = int(width), int(rows)
	if p.offsets, err = f.numbers(d, offsets); err != nil {
		return err
	}
	if p.sizes, err = f.numbers(d, sizes); err != nil {
		return err
	}
	if p.sizes == nil && len(p.offsets) == 1 && p.compression == 1 { // some old writers leave it out
		p.sizes = []int64{p.chunkBytes(p.chunkRows)}
	}
	across, down := p.grid()
	want := across * down
	if p.separate {
		want *= p.samples
	}
	if len(p.offsets) != want || len(p.sizes) != want {
		return fmt.Errorf("%d strips or tiles and %d sizes of them, want %d", len(p.offsets), len(p.sizes), want)
	}
	return nil
}

// grid returns the number of chunks across and down.
func (p *page) grid() (across, down int) {
	return (p.width + p.chunkWidth - 1) / p.chunkWidth, (p.height + p.chunkRows - 1) / p.chunkRows
}

// chunkSamples returns the number of samples of a pixel in a chunk.
func (p *page) chunkSamples() int {
	if p.separate {
		return 1
	}
	return p.samples
}

// rowBytes returns the size of a row of a chunk, which ends at a whole byte.
func (p *page) rowBytes() int64 {
	return (int64(p.chunkWidth)*int64(p.chunkSamples())*int64(p.bits) + 7) / 8
}

func (p *page) chunkBytes(rows int) int64 { return p.rowBytes() * int64(rows) }

// rows returns the number of rows of chunk i; the last strip of a plane may be shorter, tiles never are.
func (p *page) rows(i int) int {
	if p.tiled {
		return p.chunkRows
	}
	_, down := p.grid()
	return min(p.chunkRows, p.height-i%down*p.chunkRows)
}

// possible compares what the page promises with what its chunks can hold, and returns their size in the
// file.
func (p *page) possible(f *file) (int64, error) {
	var stored int64
	for i, n := range p.sizes {
		if n < 0 || p.offsets[i] < 0 || n > f.size || p.offsets[i] > f.size-n {
			return 0, fmt.Errorf("the file is truncated or damaged: strip or tile %d is %d bytes at %d of %d", i, n, p.offsets[i], f.size)
		}
		stored += n
		if bytes := p.chunkBytes(p.rows(i)); bytes > n*expansions[p.compression] {
			return 0, fmt.Errorf("strip or tile %d promises %d bytes of pixels in %d bytes: the file is truncated or damaged", i, bytes, n)
		}
	}
	return stored, nil
}
