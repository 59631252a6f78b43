package natural

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"encoding/binary"

	"golang.org/x/image/bmp"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
)

// picture of 3 x 2 pixels with whole numbers up to top.
func sample(channels int, top float32) *volume.Image {
	im := volume.NewImage(volume.NewFlatGeometry(2, 3), channels)
	for i := range im.Data {
		im.Data[i] = float32(7 * i % 256)
	}
	im.Data[len(im.Data)-1] = top
	return im
}

func TestRoundTripOfImages(t *testing.T) {
	for _, c := range []struct {
		ending   string
		channels int
		top      float32
	}{{".png", 1, 255}, {".png", 1, 65535}, {".png", 3, 255}, {".png", 3, 256}, {".png", 4, 255}, {".png", 4, 65535}, {".PNG", 1, 3}, {".bmp", 1, 255}, {".bmp", 3, 200}} {
		name := fmt.Sprintf("%s, %d channels up to %g", c.ending, c.channels, c.top)
		want := sample(c.channels, c.top)
		path := filepath.Join(t.TempDir(), "ä b"+c.ending)
		if err := WriteImage(path, want); err != nil {
			t.Fatal(err)
		}
		got, err := ReadImage(path)
		if err != nil || got.Geometry != want.Geometry || got.Channels != c.channels || !slices.Equal(got.Data, want.Data) {
			t.Errorf("%s: %v, %+v, want %v", name, err, got, want.Data)
		}
		if g, n, err := ReadGeometry(path); err != nil || g != want.Geometry || n != c.channels {
			t.Errorf("%s: header %+v, %d channels, %v", name, g, n, err)
		}
	}
}

func TestOpaqueFourthChannelIsKept(t *testing.T) {
	want := sample(4, 255)
	for i := range 6 {
		want.Data[18+i] = 255
	}
	var b bytes.Buffer
	if err := Encode(&b, want); err != nil {
		t.Fatal(err)
	}
	if got, err := Decode(&b); err != nil || got.Channels != 4 || !slices.Equal(got.Data, want.Data) {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestRoundTripOfLabels(t *testing.T) {
	for name, top := range map[string]uint16{"a.png": 254, "b.png": 255, "c.png": 65535, "d.bmp": 254} {
		want := volume.NewLabels(volume.NewFlatGeometry(2, 3))
		want.Data[1], want.Data[5] = 1, top
		path := filepath.Join(t.TempDir(), name)
		if err := WriteLabels(path, want); err != nil {
			t.Fatal(err)
		}
		got, err := ReadLabels(path)
		if err != nil || got.Geometry != want.Geometry || !slices.Equal(got.Data, want.Data) {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
}

// encoded returns the bytes of a picture.
func encoded(t *testing.T, m image.Image, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t *testing.T, m image.Image) []byte {
	return encoded(t, m, func(b *bytes.Buffer) error { return png.Encode(b, m) })
}

func TestPalettes(t *testing.T) {
	coloured := image.NewPaletted(image.Rect(0, 0, 2, 1), color.Palette{color.RGBA{0, 0, 0, 255}, color.RGBA{200, 100, 50, 255}, color.RGBA{1, 2, 3, 255}})
	coloured.Pix = []uint8{1, 2}
	im, err := Decode(bytes.NewReader(asPNG(t, coloured)))
	if err != nil || im.Channels != 3 || !slices.Equal(im.Data, []float32{200, 1, 100, 2, 50, 3}) {
		t.Errorf("colours: %v, %+v", err, im)
	}
	labels, err := DecodeLabels(bytes.NewReader(asPNG(t, coloured)))
	if err != nil || !slices.Equal(labels.Data, []uint16{1, 2}) {
		t.Errorf("indices: %v, %+v", err, labels)
	}
	grey := image.NewPaletted(image.Rect(0, 0, 2, 1), color.Palette{color.Gray{0}, color.Gray{7}, color.Gray{9}})
	grey.Pix = []uint8{1, 2}
	if labels, err := DecodeLabels(bytes.NewReader(asPNG(t, grey))); err != nil || !slices.Equal(labels.Data, []uint16{7, 9}) {
		t.Errorf("greys: %v, %+v", err, labels)
	}
}

// rawPNG builds a PNG from unfiltered rows.
func rawPNG(width, height uint32, depth, colour byte, idat []byte) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, data []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
		body := append([]byte(name), data...)
		b = binary.BigEndian.AppendUint32(append(b, body...), crc32.ChecksumIEEE(body))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	chunk("IHDR", append(head, depth, colour, 0, 0, 0))
	chunk("IDAT", idat)
	chunk("IEND", nil)
	return b
}

// stored is a zlib stream of bytes as they are.
func stored(raw ...byte) []byte {
	n := len(raw)
	b := append([]byte{0x78, 0x01, 0x01, byte(n), byte(n >> 8), ^byte(n), ^byte(n >> 8)}, raw...)
	s1, s2 := uint32(1), uint32(0)
	for _, v := range raw {
		s1 = (s1 + uint32(v)) % 65521
		s2 = (s2 + s1) % 65521
	}
	return binary.BigEndian.AppendUint32(b, s2<<16|s1)
}

func TestBitsAndShallowGreys(t *testing.T) {
	for name, c := range map[string]struct {
		depth byte
		rows  byte
		want  []float32
	}{"bits": {1, 0b10100000, []float32{1, 0, 1}}, "two bits": {2, 0b00011000, []float32{0, 85, 170}}} {
		im, err := Decode(bytes.NewReader(rawPNG(3, 1, c.depth, pngGrey, stored(0, c.rows))))
		if err != nil || im.Channels != 1 || !slices.Equal(im.Data, c.want) {
			t.Errorf("%s: %v, %+v, want %v", name, err, im, c.want)
		}
	}
	mono := image.NewPaletted(image.Rect(0, 0, 2, 1), color.Palette{color.RGBA{A: 255}, color.RGBA{255, 255, 255, 255}})
	mono.Pix = []uint8{1, 0}
	raw := encoded(t, mono, func(b *bytes.Buffer) error { return bmp.Encode(b, mono) })
	if im, err := Decode(bytes.NewReader(raw)); err != nil || im.Channels != 1 || im.Data[1] != 0 {
		t.Errorf("black and white BMP: %v, %+v", err, im)
	}
}

func TestGreyWithTransparency(t *testing.T) {
	im, err := Decode(bytes.NewReader(rawPNG(2, 1, 8, pngGreyAlpha, stored(0, 10, 255, 20, 128))))
	if err != nil || im.Channels != 2 || !slices.Equal(im.Data, []float32{10, 20, 255, 128}) {
		t.Errorf("%v, %+v", err, im)
	}
}

func TestJPEG(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 16, 8))
	for i := range grey.Pix {
		grey.Pix[i] = 77
	}
	raw := encoded(t, grey, func(b *bytes.Buffer) error { return jpeg.Encode(b, grey, &jpeg.Options{Quality: 100}) })
	im, err := Decode(bytes.NewReader(raw))
	if err != nil || im.Channels != 1 || im.Shape != [3]int{1, 8, 16} || im.Data[5] != 77 {
		t.Errorf("grey: %v, %+v", err, im)
	}
	colours := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for i := range colours.Pix {
		colours.Pix[i] = []uint8{250, 10, 20, 255}[i%4]
	}
	raw = encoded(t, colours, func(b *bytes.Buffer) error { return jpeg.Encode(b, colours, &jpeg.Options{Quality: 100}) })
	im, err = Decode(bytes.NewReader(raw))
	if err != nil || im.Channels != 3 || im.Data[0] < 245 || im.Data[64] > 15 {
		t.Errorf("colours: %v, %+v", err, im)
	}
	if _, err := DecodeLabels(bytes.NewReader(raw)); err == nil || !strings.Contains(err.Error(), "store it as PNG") {
		t.Errorf("labels: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	colours := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	colours.Pix = []uint8{1, 2, 3, 255}
	for want, raw := range map[string][]byte{
		"neither PNG, BMP nor JPEG": []byte("GIF89a"),
		"16 bits per pixel":         shallowBMP(16),
		"header is damaged":         []byte("\x89PNG\r\n\x1a\nnonsense"),
		"more than":                 rawPNG(16000, 16000, 8, pngGrey, stored(0, 1)),
		"cut the image into parts":  rawPNG(1<<20, 1<<20, 8, pngGrey, stored(0, 1)),
		"damaged or truncated":      rawPNG(4, 4, 8, pngGrey, stored(0, 1)),
		"one value per pixel":       asPNG(t, colours),
	} {
		if _, err := DecodeLabels(bytes.NewReader(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// shallowBMP is the header of a BMP file of one pixel of so many bits.
func shallowBMP(bits byte) []byte {
	head := append([]byte("BM"), 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, bits, 0)
	return append(head, make([]byte, 28)...)
}

func TestWhatTheFormatsCannotHold(t *testing.T) {
	fraction, spaced, volumetric := sample(1, 0.5), sample(1, 1), volume.NewImage(volume.NewGeometry([3]int{2, 2, 2}, [3]float64{1, 1, 1}), 1)
	spaced.Spacing = [3]float64{3, 0.5, 0.5}
	for want, c := range map[string]struct {
		file  string
		image *volume.Image
	}{
		"whole numbers from 0 to 65535": {"a.png", fraction},
		"cannot hold the spacing":       {"a.png", spaced},
		"a volume of 2 slices":          {"a.png", volumetric},
		"1, 3 or 4 channels":            {"a.png", sample(2, 1)},
		"values up to 255 only":         {"a.bmp", sample(1, 300)},
		"one or three channels":         {"a.bmp", sample(4, 3)},
		"the ending .png or .bmp":       {"a.jpg", sample(3, 3)},
	} {
		path := filepath.Join(t.TempDir(), c.file)
		if err := WriteImage(path, c.image); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 0 {
			t.Errorf("%s: left behind %v", want, entries)
		}
	}
	var lost *volume.LostGeometry
	if err := Encode(new(bytes.Buffer), spaced); !errors.As(err, &lost) || lost.Held.Spacing != [3]float64{999, 1, 1} {
		t.Errorf("%v", err)
	}
}

// TestMicroscopy reads a section of samples/isbi2012-em and its labels: 512 x 512 pixels, 255 inside
// cells and 0 on membranes (SOURCE.md).
func TestMicroscopy(t *testing.T) {
	im, err := ReadImage(golden.Shared(t, "samples", "isbi2012-em", "images", "0.png"))
	if err != nil || im.Shape != [3]int{1, 512, 512} || im.Channels != 1 || slices.Max(im.Data) > 255 {
		t.Errorf("%v", err)
	}
	labels, err := ReadLabels(golden.Shared(t, "samples", "isbi2012-em", "labels", "0.png"))
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range labels.Data {
		if v != 0 && v != 255 {
			t.Fatalf("label %d at pixel %d", v, i)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(rawPNG(3, 1, 1, pngGrey, stored(0, 0xa0)))
	f.Add(rawPNG(2, 1, 8, pngGreyAlpha, stored(0, 10, 255, 20, 128)))
	var b bytes.Buffer
	jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil)
	f.Add(bytes.Clone(b.Bytes()))
	b.Reset()
	bmp.Encode(&b, image.NewPaletted(image.Rect(0, 0, 2, 2), color.Palette{color.Black, color.White}))
	f.Add(bytes.Clone(b.Bytes()))
	f.Fuzz(func(t *testing.T, data []byte) {
		DecodeLabels(bytes.NewReader(data))
		im, err := Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		if len(im.Data) != im.Channels*im.Voxels() {
			t.Fatalf("%d values for %v and %d channels", len(im.Data), im.Shape, im.Channels)
		}
		if im.Channels == 2 {
			return // read, but not written
		}
		var out bytes.Buffer
		if err := Encode(&out, im); err != nil {
			t.Fatal(err)
		}
		again, err := Decode(&out)
		if err != nil || again.Geometry != im.Geometry || !slices.Equal(again.Data, im.Data) {
			t.Fatalf("%v: changed on the way out", err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	im := volume.NewImage(volume.NewFlatGeometry(512, 512), 3)
	for i := range im.Data {
		im.Data[i] = float32(i * i >> 7 & 0xff)
	}
	var raw bytes.Buffer
	if err := Encode(&raw, im); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(im.Data)))
	for b.Loop() {
		if _, err := Decode(bytes.NewReader(raw.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}
