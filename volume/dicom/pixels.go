package dicom

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/autoseg/autoseg/volume/dicom/codec"
)

// pixelFormat says how the samples of a frame lie in memory.
type pixelFormat struct {
	rows, columns, samples, frames int
	allocated, stored, high        int
	signed, planar, floating       bool
	photometric                    string
}

// format reads and checks the image pixel module (PS3.3 C.7.6.3).
func (o *object) format() (f pixelFormat, err error) {
	for _, field := range []struct {
		to                    *int
		tag                   tag.Tag
		fallback, least, most int
	}{
		{&f.rows, tag.Rows, 0, 1, 1 << 16}, {&f.columns, tag.Columns, 0, 1, 1 << 16}, {&f.samples, tag.SamplesPerPixel, 1, 1, 4},
		{&f.frames, tag.NumberOfFrames, 1, 1, 1 << 20}, {&f.allocated, tag.BitsAllocated, 0, 1, 64},
	} {
		if *field.to, err = o.count(field.tag, field.fallback, field.least, field.most); err != nil {
			return f, err
		}
	}
	if f.stored, err = o.count(tag.BitsStored, f.allocated, 1, f.allocated); err != nil {
		return f, err
	}
	if f.high, err = o.count(tag.HighBit, f.stored-1, f.stored-1, f.allocated-1); err != nil {
		return f, err
	}
	f.signed = o.number(tag.PixelRepresentation, 0) == 1
	f.planar = o.number(tag.PlanarConfiguration, 0) == 1
	f.floating = o.pixelType.Element == 8 || o.pixelType.Element == 9
	f.photometric = o.text(tag.PhotometricInterpretation)
	return f, f.validate(o)
}

func (f pixelFormat) validate(o *object) error {
	switch f.allocated {
	case 1, 8, 16, 32:
	case 64:
		if !f.floating {
			return errors.New("64-bit whole numbers are not supported")
		}
	default:
		return fmt.Errorf("BitsAllocated is %d, want 1, 8, 16 or 32", f.allocated)
	}
	switch f.photometric {
	case "MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT", "":
	default:
		return fmt.Errorf("the photometric interpretation %.32q is not read: values are no intensities but numbers of colours, or colours of another kind; "+
			"rewrite the file in grey or RGB, for example with dcmj2pnm", f.photometric)
	}
	if o.pixelType == (tag.Tag{}) {
		return errors.New("there are no pixels")
	}
	if f.subsampled() && (f.columns%2 == 1 || f.planar && o.fragments == nil || f.allocated == 1) {
		return errors.New("pixels that share colour (YBR_FULL_422) come in pairs, interleaved")
	}
	if o.fragments == nil {
		if o.syntax.pixels != native {
			return fmt.Errorf("the transfer syntax is %s and the pixels are not compressed", o.syntax.name)
		}
		if want := (f.frames*f.nativeBits() + 7) / 8; len(o.pixels) < want {
			return fmt.Errorf("the pixels are cut off: %d bytes, want %d", len(o.pixels), want)
		}
	} else if o.syntax.pixels == native {
		return fmt.Errorf("the pixels are compressed and the transfer syntax is %s", o.syntax.name)
	} else if len(o.fragments)-1 < f.frames {
		return fmt.Errorf("%d compressed fragments hold no %d frames", len(o.fragments)-1, f.frames)
	} else if f.bomb(o) {
		return fmt.Errorf("%d frames of %d x %d pixels cannot come from so few compressed bytes", f.frames, f.rows, f.columns)
	}
	return nil
}

// bomb reports whether compressed pixels promise far more than their bytes hold. A flat 1024 x 1024 picture
// packs about 3000 to 1, so small promises are believed.
func (f pixelFormat) bomb(o *object) bool {
	packed := 0
	for _, part := range o.fragments[1:] {
		packed += len(part)
	}
	return f.frames*f.frameBits()/8 > max(1<<26, 1000*packed)
}

// frameBits is the size of a frame with all its samples.
func (f pixelFormat) frameBits() int { return f.rows * f.columns * f.samples * f.allocated }

// nativeBits is the size of a frame in native pixels.
func (f pixelFormat) nativeBits() int {
	if f.subsampled() {
		return f.frameBits() / 3 * 2
	}
	return f.frameBits()
}

// frame returns the samples of a frame, little or big endian as order says; compressed ones little endian.
func (o *object) frame(f pixelFormat, i int) ([]byte, binary.ByteOrder, error) {
	if o.fragments == nil {
		size := f.nativeBits() / 8
		switch {
		case f.allocated == 1:
			return bits(o.pixels, i*f.frameBits(), f.frameBits()), o.order, nil
		case f.subsampled():
			return spread(o.pixels[i*size:(i+1)*size], f.allocated/8), o.order, nil
		}
		return o.pixels[i*size : (i+1)*size], o.order, nil
	}
	data, err := o.coded(f, i)
	if err != nil {
		return nil, nil, err
	}
	out, err := o.decompress(f, data)
	if err != nil {
		return nil, nil, fmt.Errorf("frame %d (%s): %w", i+1, o.syntax.name, err)
	}
	return out, binary.LittleEndian, nil
}

// bits unpacks 1-bit pixels, least significant first, to a byte each.
func bits(data []byte, from, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		at := from + i
		out[i] = data[at>>3] >> (at & 7) & 1
	}
	return out
}

// coded returns the bytes of a compressed frame. One fragment a frame is the rule; where there are more, the
// offset table tells, and a single frame owns all of them (PS3.5 A.4).
func (o *object) coded(f pixelFormat, i int) ([]byte, error) {
	fragments := o.fragments[1:]
	if len(fragments) == f.frames {
		return fragments[i], nil
	}
	table := o.fragments[0]
	if f.frames > 1 && len(table) != 4*f.frames {
		return nil, fmt.Errorf("%d fragments for %d frames and no offset table", len(fragments), f.frames)
	}
	var from, to uint64 = 0, math.MaxUint64
	if f.frames > 1 {
		if from = uint64(binary.LittleEndian.Uint32(table[4*i:])); i+1 < f.frames {
			to = uint64(binary.LittleEndian.Uint32(table[4*i+4:]))
		}
	}
	var data []byte
	var at uint64
	for _, part := range fragments {
		if at >= from && at < to {
			data = append(data, part...)
		}
		at += 8 + uint64(len(part))
	}
	return data, nil
}

// decoders is the compiled module of codecs, made when the first compressed frame comes.
var decoders = sync.OnceValues(func() (*codec.Decoder, error) {
	return codec.New(context.Background(), codec.CacheFolder())
})

func (o *object) decompress(f pixelFormat, data []byte) ([]byte, error) {
	formats := map[coding]codec.Format{jpeg: codec.JPEG, jpegLS: codec.JPEGLS, jpeg2000: codec.JPEG2000, htJPEG2000: codec.HTJPEG2000}
	if f.allocated == 1 && o.syntax.pixels != deflatedFrames {
		return nil, errors.New("1-bit pixels cannot be compressed that way")
	}
	switch o.syntax.pixels {
	case runLength:
		return decodeRLE(data, f.rows*f.columns, f.samples, f.allocated/8)
	case deflatedFrames:
		return inflateFrame(f, data)
	}
	d, err := decoders()
	if err != nil {
		return nil, err
	}
	frame := codec.Frame{Columns: f.columns, Rows: f.rows, BitsAllocated: f.allocated, BitsStored: f.stored, Samples: f.samples, Photometric: 1}
	if f.signed {
		frame.Signed = 1
	}
	if f.samples == 3 {
		frame.Photometric = 3
	}
	return d.Decode(context.Background(), formats[o.syntax.pixels], frame, data)
}

func inflateFrame(f pixelFormat, data []byte) ([]byte, error) {
	size := (f.frameBits() + 7) / 8
	out, err := inflate(data, int64(size)+1)
	if len(out) < size {
		return nil, fmt.Errorf("%d bytes, want %d: %w", len(out), size, errors.Join(err, errors.New("damaged")))
	}
	if f.allocated == 1 {
		return bits(out, 0, f.frameBits()), nil
	}
	return out[:size], nil
}
