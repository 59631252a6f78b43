package tiff

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/volume"
)

// TestFilesOfLibtiff reads files of testdata; make.sh there says what every pixel is.
func TestFilesOfLibtiff(t *testing.T) {
	eight := func(z, y, x int) float32 { return float32((7*x + 13*y*y + 31*z) % 256) }
	sixteen := func(z, y, x int) float32 { return eight(z, y, x)*256 + float32(x) }
	bits := func(_, y, x int) float32 { return min(1, float32(x*y%3)) }
	float := func(z, y, x int) float32 { return eight(z, y, x) / 255 }
	for name, c := range map[string]struct {
		slices, channels int
		want             func(z, y, x int) float32
	}{
		"8-None": {1, 1, eight}, "8-LZW": {1, 1, eight}, "8-Zip": {1, 1, eight}, "8-RLE": {1, 1, eight}, "8-Zstd": {1, 1, eight},
		"8-strips": {1, 1, eight}, "8-pages": {3, 1, eight},
		"16-LZW": {1, 1, sixteen}, "16-LZW-msb": {1, 1, sixteen}, "16-msb": {1, 1, sixteen}, "16-pages-big": {3, 1, sixteen},
		"rgb-LZW": {1, 3, eight}, "rgb-planes": {1, 3, eight}, "rgb-tiles": {1, 3, eight},
		"bits": {1, 1, bits}, "float": {1, 1, float}, "float-predictor": {1, 1, float},
	} {
		path := filepath.Join("testdata", name+".tif")
		im, err := ReadImage(path)
		if err != nil || im.Shape != [3]int{c.slices, 21, 37} || im.Channels != c.channels {
			t.Errorf("%s: %v, %+v", name, err, im)
			continue
		}
		for i, v := range im.Data { // pages and channels have the same rule
			// ImageMagick's own numbers are rounded differently in the last bit.
			if want := c.want(i/(21*37), i/37%21, i%37); v != want && !(strings.HasPrefix(name, "float") && math.Abs(float64(v-want)) < 1e-7) {
				t.Errorf("%s: voxel %d is %g, want %g", name, i, v, want)
				break
			}
		}
		if want := [3]float64{999, 1, 1}; c.slices == 1 && im.Spacing != want || c.slices > 1 && im.Spacing != [3]float64{1, 1, 1} {
			t.Errorf("%s: spacing %v", name, im.Spacing)
		}
		if g, n, err := ReadGeometry(path); err != nil || g != im.Geometry || n != c.channels {
			t.Errorf("%s: header %+v, %d channels, %v", name, g, n, err)
		}
		labels, err := ReadLabels(path)
		if isLabels := c.channels == 1 && !strings.HasPrefix(name, "float"); isLabels != (err == nil) {
			t.Errorf("%s: labels %v, %v", name, labels, err)
		}
	}
	if _, err := ReadImage("testdata/jpeg.tif"); err == nil || !strings.Contains(err.Error(), "compression 7 is not read") {
		t.Errorf("JPEG: %v", err)
	}
}

// sample is an image whose last voxel is top.
func sample(shape [3]int, channels int, top float32) *volume.Image {
	g := volume.NewFlatGeometry(shape[1], shape[2])
	if shape[0] > 1 {
		g = volume.NewGeometry(shape, [3]float64{2.5, 1.0 / 3, 0.7})
	}
	im := volume.NewImage(g, channels)
	for i := range im.Data {
		im.Data[i] = float32(7 * i % 256)
	}
	im.Data[len(im.Data)-1] = top
	return im
}

func TestRoundTripOfImages(t *testing.T) {
	for _, shape := range [][3]int{{1, 3, 5}, {4, 3, 5}} {
		for _, channels := range []int{1, 2, 3, 4, 5} {
			for _, top := range []float32{255, 256, -1, 0.5} {
				want := sample(shape, channels, top)
				path := filepath.Join(t.TempDir(), "ä b_0000.tif")
				if err := WriteImage(path, want); err != nil {
					t.Fatal(err)
				}
				got, err := ReadImage(path)
				if err != nil || got.Geometry != want.Geometry || got.Channels != channels || !slices.Equal(got.Data, want.Data) {
					t.Errorf("%v x %d up to %g: %v, %+v", shape, channels, top, err, got)
				}
				_, err = os.Stat(filepath.Join(filepath.Dir(path), "ä b.json"))
				if (shape[0] > 1) != (err == nil) {
					t.Errorf("%v: the file of spacings: %v", shape, err)
				}
			}
		}
	}
}

func TestRoundTripOfLabels(t *testing.T) {
	flat := volume.NewFlatGeometry(3, 4)
	half := flat
	half.Spacing = [3]float64{999 * 0.5, 0.5, 0.5}
	for name, g := range map[string]volume.Geometry{"2D": flat, "2D with a spacing": half, "3D": volume.NewGeometry([3]int{2, 3, 4}, [3]float64{1, 1, 1})} {
		for _, top := range []uint16{254, 255, 65535} {
			want := volume.NewLabels(g)
			want.Data[1], want.Data[len(want.Data)-1] = 1, top
			path := filepath.Join(t.TempDir(), "pat_0001.tiff")
			if err := WriteLabels(path, want); err != nil {
				t.Fatal(err)
			}
			got, err := ReadLabels(path)
			if err != nil || got.Geometry != want.Geometry || !slices.Equal(got.Data, want.Data) {
				t.Errorf("%s up to %d: %v, %+v", name, top, err, got)
			}
		}
	}
}

func TestBigTIFFIsWrittenAndReadBack(t *testing.T) {
	var b bytes.Buffer
	want := sample([3]int{3, 2, 5}, 3, 7)
	e := encoder{w: &b, shape: want.Shape, samples: 3, numbers: 1, big: true}
	if err := e.header(); err != nil {
		t.Fatal(err)
	}
	// The only page of three samples, uncompressed by hand.
	strip := []byte{0x78, 0x01, 0x01, 30, 0, ^byte(30), 0xff}
	for i := range 10 {
		for c := range 3 {
			strip = append(strip, byte(want.Data[c*30+i]))
		}
	}
	strip = binary.BigEndian.AppendUint32(strip, adler(strip[7:]))
	if err := e.page(strip, true); err != nil {
		t.Fatal(err)
	}
	got, err := Decode(&b)
	if err != nil || got.Shape != [3]int{1, 2, 5} || got.Channels != 3 || got.Data[11] != want.Data[31] {
		t.Errorf("%v, %+v", err, got)
	}
}

func adler(raw []byte) uint32 {
	a, b := uint32(1), uint32(0)
	for _, v := range raw {
		a = (a + uint32(v)) % 65521
		b = (b + a) % 65521
	}
	return b<<16 | a
}

// builder writes little-endian files by hand.
type builder struct{ b []byte }

func (w *builder) short(v ...int) *builder {
	for _, v := range v {
		w.b = binary.LittleEndian.AppendUint16(w.b, uint16(v))
	}
	return w
}

func (w *builder) long(v ...int) *builder {
	for _, v := range v {
		w.b = binary.LittleEndian.AppendUint32(w.b, uint32(v))
	}
	return w
}

// byHand returns a file of one page with a strip at offset 8 and some fields, each {tag, kind, count, value}.
func byHand(strip []byte, fields ...[4]int) []byte {
	w := &builder{[]byte("II")}
	w.short(42).long(8 + len(strip))
	w.b = append(w.b, strip...)
	w.short(len(fields))
	for _, f := range fields {
		w.short(f[0], f[1]).long(f[2], f[3])
	}
	return w.long(0).b
}

func TestImageJStacks(t *testing.T) {
	text := "ImageJ=1.53t\nimages=4\nchannels=2\nslices=2\nhyperstack=true\n\x00"
	pixels := []byte{1, 2, 11, 12, 3, 4, 13, 14} // slice 0: channels 0 and 1, slice 1
	strip := append(slices.Clone(pixels), text...)
	raw := byHand(strip, [4]int{tagWidth, 3, 1, 2}, [4]int{tagLength, 3, 1, 1}, [4]int{tagBits, 3, 1, 8},
		[4]int{tagDescription, 2, len(text), 8 + len(pixels)}, [4]int{tagStripOffsets, 4, 1, 8}, [4]int{tagStripBytes, 4, 1, 2})
	im, err := Decode(bytes.NewReader(raw))
	if err != nil || im.Channels != 2 || im.Shape != [3]int{2, 1, 2} || !slices.Equal(im.Data, []float32{1, 2, 3, 4, 11, 12, 13, 14}) {
		t.Errorf("%v, %+v", err, im)
	}
	for want, text := range map[string]string{
		"a film of 2 frames": "ImageJ=1\nimages=4\nframes=2\nslices=2\n\x00",
		"promises 90 images": "ImageJ=1\nimages=90\n\x00",
		"an OME-TIFF":        `<?xml?><OME><Pixels SizeC="2" SizeZ="3"/></OME>` + "\x00",
	} {
		strip := append(slices.Clone(pixels), text...)
		raw := byHand(strip, [4]int{tagWidth, 3, 1, 2}, [4]int{tagLength, 3, 1, 1}, [4]int{tagBits, 3, 1, 8},
			[4]int{tagDescription, 2, len(text), 8 + len(pixels)}, [4]int{tagStripOffsets, 4, 1, 8}, [4]int{tagStripBytes, 4, 1, 2})
		if _, err := Decode(bytes.NewReader(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	page := func(width, height, bits int, more ...[4]int) []byte {
		fields := [][4]int{{tagWidth, 4, 1, width}, {tagLength, 4, 1, height}, {tagBits, 3, 1, bits}}
		if !slices.ContainsFunc(more, func(f [4]int) bool { return f[0] == tagStripOffsets }) {
			more = append(more, [4]int{tagStripOffsets, 4, 1, 8}, [4]int{tagStripBytes, 4, 1, 4})
		}
		return byHand([]byte{1, 2, 3, 4}, append(fields, more...)...)
	}
	if im, err := Decode(bytes.NewReader(page(2, 2, 8))); err != nil || !slices.Equal(im.Data, []float32{1, 2, 3, 4}) {
		t.Fatalf("the page that the others are bent from: %v", err)
	}
	endless := page(2, 2, 8)
	binary.LittleEndian.PutUint32(endless[len(endless)-4:], 12)
	for want, raw := range map[string][]byte{
		"not a TIFF file":             []byte("GIF89a--"),
		"its number is 41":            {'I', 'I', 41, 0, 8, 0, 0, 0},
		"points to bytes":             {'I', 'I', 42, 0, 200, 0, 0, 0},
		"no page":                     {'I', 'I', 42, 0, 0, 0, 0, 0},
		"has no end":                  endless,
		"promises 250000000 bytes":    page(50000, 5000, 8),
		"want 1 to":                   page(0, 2, 8),
		"100000 x 100000 pixels":      page(100000, 100000, 8),
		"samples of 12 bits":          page(2, 2, 12),
		"compression 7":               page(2, 2, 8, [4]int{tagCompression, 3, 1, 7}),
		"as YCbCr":                    page(2, 2, 8, [4]int{tagPhotometric, 3, 1, 6}),
		"reverse order":               page(2, 2, 8, [4]int{tagFillOrder, 3, 1, 2}),
		"predictor 3":                 page(2, 2, 8, [4]int{tagPredictor, 3, 1, 3}),
		"strip or tile 0 is damaged":  page(2, 2, 8, [4]int{tagCompression, 3, 1, 8}),
		"field type 9":                page(2, 2, 8, [4]int{tagSamples, 9, 1, 1}),
		"samples per pixel":           page(2, 2, 8, [4]int{tagSamples, 4, 1, 1 << 20}),
		"0 strips or tiles":           byHand(nil, [4]int{tagWidth, 4, 1, 2}, [4]int{tagLength, 4, 1, 2}),
		"strip or tile 0 is 999":      page(2, 2, 8, [4]int{tagStripOffsets, 4, 1, 8}, [4]int{tagStripBytes, 4, 1, 999}),
		"strips or tiles of 0 x 16":   page(2, 2, 8, [4]int{tagTileWidth, 3, 1, 0}, [4]int{tagTileLength, 3, 1, 16}, [4]int{tagTileOffsets, 4, 1, 8}, [4]int{tagTileBytes, 4, 1, 4}),
		"strip or tile 0 promises 25": page(2, 2, 8, [4]int{tagTileWidth, 3, 1, 16}, [4]int{tagTileLength, 3, 1, 16}, [4]int{tagTileOffsets, 4, 1, 8}, [4]int{tagTileBytes, 4, 1, 4}),
	} {
		if im, err := Decode(bytes.NewReader(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %+v", want, err, im)
		}
	}
}

// TestSharedStripsAreRefused builds the bomb in which every strip is the same compressed bytes.
func TestSharedStripsAreRefused(t *testing.T) {
	const strips = 1000
	offsets, sizes := &builder{}, &builder{}
	for range strips {
		offsets.long(8)
		sizes.long(6000)
	}
	strip := append(append(make([]byte, 6000), offsets.b...), sizes.b...)
	raw := byHand(strip, [4]int{tagWidth, 4, 1, 1000}, [4]int{tagLength, 4, 1, strips}, [4]int{tagBits, 3, 1, 8}, [4]int{tagCompression, 3, 1, 8},
		[4]int{tagStripOffsets, 4, strips, 8 + 6000}, [4]int{tagRowsPerStrip, 3, 1, 1}, [4]int{tagStripBytes, 4, strips, 8 + 6000 + 4*strips})
	if _, err := Decode(bytes.NewReader(raw)); err == nil || !strings.Contains(err.Error(), "the strips or tiles so far have 6000000 bytes") {
		t.Errorf("%v", err)
	}
}

func TestPagesOfDifferentSizes(t *testing.T) {
	thumbnail := func(kind int) []byte {
		w := &builder{byHand([]byte{1, 2, 3, 4}, [4]int{tagWidth, 4, 1, 2}, [4]int{tagLength, 4, 1, 2}, [4]int{tagBits, 3, 1, 8}, [4]int{tagStripOffsets, 4, 1, 8}, [4]int{tagStripBytes, 4, 1, 4})}
		binary.LittleEndian.PutUint32(w.b[len(w.b)-4:], uint32(len(w.b)))
		fields := [][4]int{{tagSubfile, 4, 1, kind}, {tagWidth, 4, 1, 1}, {tagLength, 4, 1, 1}, {tagBits, 3, 1, 8}, {tagStripOffsets, 4, 1, 8}, {tagStripBytes, 4, 1, 1}}
		w.short(len(fields))
		for _, f := range fields {
			w.short(f[0], f[1]).long(f[2], f[3])
		}
		return w.long(0).b
	}
	if im, err := Decode(bytes.NewReader(thumbnail(subfileReduced))); err != nil || im.Shape != [3]int{1, 2, 2} {
		t.Errorf("a thumbnail that says so: %v", err)
	}
	if _, err := Decode(bytes.NewReader(thumbnail(0))); err == nil || !strings.Contains(err.Error(), "page 1 has 1 x 1 pixels") {
		t.Errorf("another image: %v", err)
	}
}

func TestWhatTIFFCannotHold(t *testing.T) {
	im := sample([3]int{4, 3, 5}, 1, 0)
	im.Origin[1] = 3
	var lost *volume.LostGeometry
	path := filepath.Join(t.TempDir(), "a.tif")
	if err := WriteImage(path, im); !errors.As(err, &lost) || lost.Held.Spacing != im.Spacing {
		t.Errorf("%v", err)
	}
	if err := WriteImage(filepath.Join(t.TempDir(), "a.png"), im); err == nil {
		t.Error("written as .png")
	}
}

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.tif")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		DecodeLabels(bytes.NewReader(data))
		im, err := Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		if len(im.Data) != im.Channels*im.Voxels() {
			t.Fatalf("%d values for %v and %d channels", len(im.Data), im.Shape, im.Channels)
		}
		if len(im.Data) > 1<<20 {
			return // compressing takes too long for many tries
		}
		var out bytes.Buffer
		if err := Encode(&out, im); err != nil {
			t.Fatal(err)
		}
		again, err := Decode(&out)
		if err != nil || again.Geometry != im.Geometry || fmt.Sprint(again.Data) != fmt.Sprint(im.Data) {
			t.Fatalf("%v: changed on the way out", err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	im := sample([3]int{16, 256, 256}, 1, 1000)
	var raw bytes.Buffer
	if err := Encode(&raw, im); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(2 * len(im.Data)))
	for b.Loop() {
		if _, err := Decode(bytes.NewReader(raw.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}
