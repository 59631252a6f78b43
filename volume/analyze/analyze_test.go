package analyze

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
)

func plain() volume.Geometry {
	// The spacings are numbers of float32.
	return volume.NewGeometry([3]int{2, 3, 4}, [3]float64{2.5, float64(float32(0.7)), 1})
}

func bare(g volume.Geometry) volume.Geometry {
	g.Native = nil
	return g
}

func TestRoundTripOfImages(t *testing.T) {
	for name, g := range map[string]volume.Geometry{"3D": plain(), "2D": volume.NewFlatGeometry(3, 5)} {
		for _, channels := range []int{1, 3} {
			want := volume.NewImage(g, channels)
			for i := range want.Data {
				want.Data[i] = float32(i)*1.25 - 7
			}
			path := filepath.Join(t.TempDir(), "a b.hdr")
			if err := WriteImage(path, want); err != nil {
				t.Fatal(err)
			}
			for _, ending := range []string{".hdr", ".img"} {
				got, err := ReadImage(pair(path, ending))
				if err != nil || bare(got.Geometry) != g || got.Channels != channels || !slices.Equal(got.Data, want.Data) {
					t.Errorf("%s, %d channels, %s: %v, %+v", name, channels, ending, err, got)
				}
				if peeked, n, err := ReadGeometry(pair(path, ending)); err != nil || bare(peeked) != g || n != channels {
					t.Errorf("%s: header %+v, %d channels, %v", name, peeked, n, err)
				}
			}
			if !Is(path) {
				t.Errorf("%s is not recognised", name)
			}
		}
	}
}

func TestRoundTripOfLabels(t *testing.T) {
	for code, top := range map[int]uint16{2: 254, 4: 255, 8: 65535} {
		want := volume.NewLabels(plain())
		want.Data[1], want.Data[23] = 1, top
		path := filepath.Join(t.TempDir(), "a.hdr")
		if err := WriteLabels(path, want); err != nil {
			t.Fatal(err)
		}
		raw, _ := os.ReadFile(path)
		if got := int(raw[atDatatype]); got != code {
			t.Errorf("up to %d: data type %d, want %d", top, got, code)
		}
		got, err := ReadLabels(path)
		if err != nil || bare(got.Geometry) != plain() || !slices.Equal(got.Data, want.Data) {
			t.Errorf("up to %d: %v, %+v", top, err, got)
		}
	}
}

// build returns a header of 2 x 1 x 2 voxels.
func build(order binary.ByteOrder, datatype int, change func(raw []byte)) []byte {
	raw := make([]byte, headerSize)
	order.PutUint32(raw, headerSize)
	for i, n := range []uint16{3, 2, 1, 2, 1} {
		order.PutUint16(raw[atDim+2*i:], n)
	}
	for i := 1; i < 4; i++ {
		order.PutUint32(raw[atPixdim+4*i:], math.Float32bits(float32(i)))
	}
	order.PutUint16(raw[atDatatype:], uint16(datatype))
	if change != nil {
		change(raw)
	}
	return raw
}

func put(order binary.ByteOrder, values any) []byte {
	var b bytes.Buffer
	binary.Write(&b, order, values)
	return b.Bytes()
}

func TestVariants(t *testing.T) {
	le, be := binary.LittleEndian, binary.BigEndian
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(put(be, []int16{-1, 2, 3, 4}))
	z.Close()
	for name, c := range map[string]struct {
		header, data []byte
		want         []float32
	}{
		"big endian, zipped": {build(be, 4, nil), zipped.Bytes(), []float32{-1, 2, 3, 4}},
		"scaled":             {build(le, 4, func(raw []byte) { le.PutUint32(raw[atScale:], math.Float32bits(0.5)) }), put(le, []int16{-1, 2, 3, 4}), []float32{-0.5, 1, 1.5, 2}},
		"offset":             {build(le, 64, func(raw []byte) { le.PutUint32(raw[atOffset:], math.Float32bits(3)) }), append([]byte("abc"), put(le, []float64{1, 2, 3, 4})...), []float32{1, 2, 3, 4}},
		"colours":            {build(le, colours, nil), []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, []float32{1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12}},
		"uint16 of SPM":      {build(le, 132, nil), put(le, []uint16{1, 65535, 3, 4}), []float32{1, 65535, 3, 4}},
	} {
		got, err := Decode(bytes.NewReader(c.header), bytes.NewReader(c.data))
		if err != nil || !slices.Equal(got.Data, c.want) || got.Spacing != [3]float64{3, 2, 1} || got.Shape != [3]int{2, 1, 2} {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
}

func TestPlaceIsPassedOn(t *testing.T) {
	header := build(binary.BigEndian, 2, func(raw []byte) { copy(raw[atPlace:], "\x03originator") })
	im, err := Decode(bytes.NewReader(header), strings.NewReader("1234"))
	if err != nil {
		t.Fatal(err)
	}
	var h, d bytes.Buffer
	if err := EncodeLabels(&h, &d, volume.NewLabels(im.Geometry)); err != nil || !bytes.Equal(h.Bytes()[atPlace:atPlace+placeLength], header[atPlace:atPlace+placeLength]) {
		t.Errorf("%v, % x", err, h.Bytes()[atPlace:atPlace+placeLength])
	}
}

func TestRefusals(t *testing.T) {
	le := binary.LittleEndian
	set := func(at, v int) func(raw []byte) { return func(raw []byte) { le.PutUint16(raw[at:], uint16(v)) } }
	for want, c := range map[string]struct{ header, data []byte }{
		"has 3 of 348 bytes":    {[]byte("abc"), nil},
		"not an Analyze":        {make([]byte, headerSize), nil},
		"dim[0] is 9":           {build(le, 2, set(atDim, 9)), nil},
		"dim[1] is 0":           {build(le, 2, set(atDim+2, 0)), nil},
		"data type 32":          {build(le, 32, nil), nil},
		"truncated: 1 of 4":     {build(le, 2, nil), []byte("x")},
		"voxel size along x":    {build(le, 2, func(raw []byte) { clear(raw[atPixdim : atPixdim+8]) }), nil},
		"vox_offset":            {build(le, 2, func(raw []byte) { le.PutUint32(raw[atOffset:], math.Float32bits(-4)) }), nil},
		"before the voxels":     {build(le, 2, func(raw []byte) { le.PutUint32(raw[atOffset:], math.Float32bits(40)) }), []byte("x")},
		"the gzip data":         {build(le, 2, nil), []byte("\x1f\x8bxx")},
		"which a segmentation":  {build(le, 2, func(raw []byte) { le.PutUint32(raw[atScale:], math.Float32bits(2)) }), []byte("1234")},
		"one value per voxel":   {build(le, colours, nil), make([]byte, 12)},
		"is not a whole number": {build(le, 16, nil), put(le, []float32{1, 2, 3, 0.5})},
	} {
		if _, err := DecodeLabels(bytes.NewReader(c.header), bytes.NewReader(c.data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestHeaderThatPromisesTerabytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.hdr")
	os.WriteFile(path, build(binary.LittleEndian, 64, func(raw []byte) {
		for i := 1; i < 5; i++ {
			binary.LittleEndian.PutUint16(raw[atDim+2*i:], 15000)
		}
		raw[atDim] = 4
	}), 0o644)
	if _, err := ReadImage(path); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "a.img") {
		t.Errorf("%v", err)
	}
	os.WriteFile(pair(path, ".img"), []byte("few"), 0o644)
	if _, err := ReadImage(path); err == nil || !strings.Contains(err.Error(), "promises") {
		t.Errorf("%v", err)
	}
}

func TestWhatTheFormatCannotHold(t *testing.T) {
	for want, change := range map[string]func(g *volume.Geometry){
		"cannot hold the origin":        func(g *volume.Geometry) { g.Origin[0] = 1 },
		"cannot hold directions":        func(g *volume.Geometry) { g.Direction[0] = -1 },
		"at most 32767 voxels along an": func(g *volume.Geometry) { g.Shape = [3]int{1, 1, 40000} },
	} {
		g := plain()
		change(&g)
		if err := WriteLabels(filepath.Join(t.TempDir(), "a.hdr"), volume.NewLabels(g)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestSamples tells the headers of samples/nifti-variants apart.
func TestSamples(t *testing.T) {
	for name, want := range map[string]bool{"analyze": true, "nifti1": false, "nifti2": false} {
		path := golden.Shared(t, "samples", "nifti-variants", name+".hdr")
		if Is(path) != want {
			t.Errorf("%s: Analyze is %v", name, !want)
		}
		if g, n, err := ReadGeometry(path); want && (err != nil || n < 1 || g.Voxels() < 2) {
			t.Errorf("%s: %+v, %d channels, %v", name, g, n, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(build(binary.LittleEndian, 4, nil), []byte("12345678"))
	f.Add(build(binary.BigEndian, colours, nil), make([]byte, 12))
	f.Fuzz(func(t *testing.T, header, data []byte) {
		DecodeLabels(bytes.NewReader(header), bytes.NewReader(data))
		im, err := Decode(bytes.NewReader(header), bytes.NewReader(data))
		if err != nil {
			return
		}
		if len(im.Data) != im.Channels*im.Voxels() {
			t.Fatalf("%d values for %v and %d channels", len(im.Data), im.Shape, im.Channels)
		}
		var h, d bytes.Buffer
		if err := EncodeLabels(&h, &d, volume.NewLabels(im.Geometry)); err != nil {
			t.Fatal(err)
		}
		again, err := DecodeLabels(&h, &d)
		if err != nil || bare(again.Geometry) != bare(im.Geometry) {
			t.Fatalf("%v: geometry %+v became %+v", err, im.Geometry, again)
		}
	})
}
