package nifti

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/autoseg/autoseg/volume"
)

// file is a NIfTI file under construction, so that tests read as what the header says.
type file struct {
	h    *Header
	body []byte
}

func build(order binary.ByteOrder, wide bool, datatype int, dims ...int64) *file {
	h := &Header{raw: make([]byte, size1), order: order, layout: &layout1}
	if wide {
		h = &Header{raw: make([]byte, size2), order: order, layout: &layout2}
	}
	order.PutUint32(h.raw, uint32(len(h.raw)))
	h.setOffset()
	h.setDim(0, int64(len(dims)))
	for i, d := range dims {
		h.setDim(i+1, d)
	}
	order.PutUint16(h.raw[h.layout.datatype:], uint16(datatype))
	for i := range 8 {
		h.setReal(h.layout.pixdim, i, []float64{1, 2, 3, 4, 1, 1, 1, 1}[i])
	}
	h.setReal(h.layout.slope, 0, 1)
	return &file{h: h}
}

func (f *file) bytes() []byte {
	return append(append(append([]byte(nil), f.h.raw...), 0, 0, 0, 0), f.body...)
}

func (f *file) put(v any) *file {
	var b bytes.Buffer
	binary.Write(&b, f.h.order, v)
	f.body = append(f.body, b.Bytes()...)
	return f
}

func zip(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func TestEveryDataTypeBothOrdersBothVersions(t *testing.T) {
	quad := func(v float64, order binary.ByteOrder) []byte { return binary128(v, order) }
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, wide := range []bool{false, true} {
			cases := map[int]struct {
				voxels any
				want   []float32
			}{
				2:    {[]uint8{0, 255}, []float32{0, 255}},
				4:    {[]int16{-32768, 7}, []float32{-32768, 7}},
				8:    {[]int32{-2147483648, 16777217}, []float32{-2147483648, 16777216}},
				16:   {[]float32{-1.5, float32(math.Inf(1))}, []float32{-1.5, float32(math.Inf(1))}},
				32:   {[]complex64{3 + 4i, -1}, []float32{3, -1}},
				64:   {[]float64{0.1, -1e300}, []float32{0.1, float32(math.Inf(-1))}},
				256:  {[]int8{-128, 127}, []float32{-128, 127}},
				512:  {[]uint16{65535, 1}, []float32{65535, 1}},
				768:  {[]uint32{4294967295, 2}, []float32{4294967296, 2}},
				1024: {[]int64{-9007199254740993, 5}, []float32{-9007199254740992, 5}},
				1280: {[]uint64{18446744073709551615, 5}, []float32{18446744073709551616, 5}},
				1536: {append(quad(-2.75, order), quad(1e-30, order)...), []float32{-2.75, 1e-30}},
				1792: {[]complex128{0.5 + 9i, 2}, []float32{0.5, 2}},
				2048: {bytes.Join([][]byte{quad(8.125, order), quad(1, order), quad(-3, order), quad(0, order)}, nil), []float32{8.125, -3}},
			}
			for datatype, c := range cases {
				f := build(order, wide, datatype, 2, 1, 1).put(c.voxels)
				for _, data := range [][]byte{f.bytes(), zip(f.bytes())} {
					im, err := Decode(bytes.NewReader(data), ITK)
					if err != nil {
						t.Errorf("type %d, %v, wide %v: %v", datatype, order, wide, err)
						continue
					}
					if im.Channels != 1 || im.Shape != [3]int{1, 1, 2} || im.Spacing != [3]float64{4, 3, 2} || fmt.Sprint(im.Data) != fmt.Sprint(c.want) {
						t.Errorf("type %d, %v, wide %v: got %v %v %v, want %v", datatype, order, wide, im.Shape, im.Spacing, im.Data, c.want)
					}
				}
			}
		}
	}
}

// binary128 encodes v as IEEE quadruple precision.
func binary128(v float64, order binary.ByteOrder) []byte {
	b := make([]byte, 16)
	if v != 0 {
		bits := math.Float64bits(v)
		exponent := bits>>52&0x7ff - 1023 + 16383
		fraction := new(big.Int).Lsh(big.NewInt(int64(bits&(1<<52-1))), 60)
		n := new(big.Int).Or(new(big.Int).Lsh(new(big.Int).SetUint64(bits>>63<<15|exponent), 112), fraction)
		n.FillBytes(b)
	}
	if order == binary.LittleEndian {
		swap(b, 16)
	}
	return b
}

func TestExtendedPrecisionOfX86(t *testing.T) {
	// 1.0, -2.5 and infinity as numpy.longdouble stores them on x86.
	one := []byte{0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f, 0, 0, 0, 0, 0, 0}
	minus := []byte{0, 0, 0, 0, 0, 0, 0, 0xa0, 0x00, 0xc0, 0, 0, 0, 0, 0, 0}
	infinity := []byte{0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x7f, 0, 0, 0, 0, 0, 0}
	for want, b := range map[float64][]byte{1: one, -2.5: minus, math.Inf(1): infinity, 0: make([]byte, 16)} {
		if got := quadruple(b); got != want {
			t.Errorf("got %g, want %g", got, want)
		}
	}
}

func TestColoursBecomeChannels(t *testing.T) {
	for datatype, c := range map[int]struct {
		channels int
		want     []float32
	}{128: {3, []float32{1, 4, 2, 5, 3, 6}}, 2304: {4, []float32{1, 5, 2, 6, 3, 7, 4, 8}}} {
		f := build(binary.LittleEndian, false, datatype, 2, 1, 1)
		for i := range 2 * c.channels {
			f.put(uint8(i + 1))
		}
		im, err := Decode(bytes.NewReader(f.bytes()), ITK)
		if err != nil || im.Channels != c.channels || fmt.Sprint(im.Data) != fmt.Sprint(c.want) {
			t.Errorf("type %d: %v, %v", datatype, im, err)
		}
	}
}

func TestDimensions(t *testing.T) {
	for name, c := range map[string]struct {
		dims     []int64
		shape    [3]int
		channels int
		spacing  [3]float64
	}{
		"2D":                  {[]int64{2, 3}, [3]int{1, 3, 2}, 1, [3]float64{2997, 3, 2}},
		"3D":                  {[]int64{2, 3, 1}, [3]int{1, 3, 2}, 1, [3]float64{4, 3, 2}},
		"4D":                  {[]int64{2, 3, 1, 2}, [3]int{1, 3, 2}, 2, [3]float64{4, 3, 2}},
		"trailing singletons": {[]int64{2, 3, 2, 1, 1}, [3]int{2, 3, 2}, 1, [3]float64{4, 3, 2}},
		"vector":              {[]int64{2, 3, 1, 1, 2}, [3]int{1, 3, 2}, 2, [3]float64{4, 3, 2}},
		"zero fourth axis":    {[]int64{2, 3, 2, 0}, [3]int{2, 3, 2}, 1, [3]float64{4, 3, 2}},
		"one voxel":           {[]int64{1, 1, 1}, [3]int{1, 1, 1}, 1, [3]float64{4, 3, 2}},
	} {
		f := build(binary.LittleEndian, false, 2, c.dims...).put(make([]byte, 12))
		im, err := Decode(bytes.NewReader(f.bytes()), ITK)
		if err != nil || im.Shape != c.shape || im.Channels != c.channels || im.Spacing != c.spacing || len(im.Data) != im.Channels*im.Voxels() {
			t.Errorf("%s: %+v, %v", name, im, err)
		}
	}
}

func TestScalingAndUnits(t *testing.T) {
	f := build(binary.LittleEndian, false, 8, 1, 1, 1).put(int32(16777217))
	f.h.setReal(f.h.layout.slope, 0, 0.1)
	f.h.setReal(f.h.layout.inter, 0, -3)
	f.h.raw[f.h.layout.units] = 1 // metre
	slope := float64(float32(0.1))
	for c, want := range map[Convention]struct{ voxel, z float64 }{
		ITK:     {16777216*slope - 3, 4000}, // the integer is rounded to float32 first
		Nibabel: {16777217*slope - 3, 4},
	} {
		im, err := Decode(bytes.NewReader(f.bytes()), c)
		if err != nil {
			t.Fatal(err)
		}
		if im.Data[0] != float32(want.voxel) || im.Spacing[0] != want.z {
			t.Errorf("convention %d: voxel %v, spacing %v; want %v, %v", c, im.Data[0], im.Spacing[0], float32(want.voxel), want.z)
		}
	}
	f.h.setReal(f.h.layout.slope, 0, 0)
	if im, err := Decode(bytes.NewReader(f.bytes()), ITK); err != nil || im.Data[0] != 16777216 {
		t.Errorf("slope 0: %v, %v; want no scaling", im, err)
	}
}

func TestBadFiles(t *testing.T) {
	good := func() *file { return build(binary.LittleEndian, false, 4, 3, 2, 2).put(make([]int16, 12)) }
	change := func(edit func(*file)) []byte { f := good(); edit(f); return f.bytes() }
	damaged := zip(good().bytes())
	damaged[len(damaged)-6] ^= 0xff
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"empty":               {nil, "truncated: the header has 0 of 348 bytes"},
		"text":                {bytes.Repeat([]byte("no nifti "), 100), "not a NIfTI file"},
		"truncated header":    {good().bytes()[:200], "the header has 200 of 348 bytes"},
		"truncated voxels":    {good().bytes()[:362], "5 of 12 voxels are there"},
		"truncated gzip":      {zip(good().bytes())[:40], "truncated"},
		"gzip without end":    {zip(good().bytes())[:len(zip(good().bytes()))-3], "at its very end"},
		"damaged checksum":    {damaged, "at its very end"},
		"gzip header only":    {[]byte{0x1f, 0x8b, 8}, "gzip data is damaged"},
		"no axes":             {change(func(f *file) { f.h.setDim(0, 0) }), "dim[0] is 0 axes"},
		"negative size":       {change(func(f *file) { f.h.setDim(2, -3) }), "dim[2] is -3 voxels"},
		"terabytes":           {change(func(f *file) { f.h.setDim(1, 32767); f.h.setDim(2, 32767); f.h.setDim(3, 32767) }), "truncated: 12 of 35181150961663 voxels"},
		"two extra axes":      {change(func(f *file) { f.h.setDim(0, 5); f.h.setDim(4, 2); f.h.setDim(5, 2) }), "only one beyond the third"},
		"spacing 0":           {change(func(f *file) { f.h.setReal(f.h.layout.pixdim, 3, 0) }), "pixdim[3] is 0: the voxel size along z is unknown"},
		"spacing NaN":         {change(func(f *file) { f.h.setReal(f.h.layout.pixdim, 1, math.NaN()) }), "pixdim[1] is NaN"},
		"spacing infinite":    {change(func(f *file) { f.h.setReal(f.h.layout.pixdim, 2, math.Inf(1)) }), "pixdim[2] is +Inf"},
		"data type 1":         {change(func(f *file) { f.h.order.PutUint16(f.h.raw[70:], 1) }), "data type 1 is unknown"},
		"offset NaN":          {change(func(f *file) { f.h.setReal(f.h.layout.voxOffset, 0, math.NaN()) }), "vox_offset is NaN"},
		"offset past the end": {change(func(f *file) { f.h.setReal(f.h.layout.voxOffset, 0, 1e6) }), "what precedes the voxels"},
		"sform NaN": {change(func(f *file) {
			f.h.setCode(f.h.layout.sformCode, 1)
			f.h.setReal(f.h.layout.srow, 0, math.NaN())
		}), "sform is not finite"},
		"analyze": {change(func(f *file) { copy(f.h.raw[344:], "\x00\x00\x00\x00") }), "Analyze 7.5"},
		"pair":    {change(func(f *file) { copy(f.h.raw[344:], "ni1\x00") }), "pair of .hdr and .img"},
	} {
		im, err := Decode(bytes.NewReader(c.in), ITK)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v; want %q", name, im, err, c.want)
		}
	}
}

func TestHugeNIfTI2DimensionsDoNotOverflow(t *testing.T) {
	f := build(binary.LittleEndian, true, 2, 1<<40, 1<<40, 1<<40)
	if _, err := Decode(bytes.NewReader(f.bytes()), ITK); err == nil || !strings.Contains(err.Error(), "more voxels than any computer holds") {
		t.Error(err)
	}
}

func TestNegativeVoxelSizeAndMissingSliceThickness(t *testing.T) {
	f := build(binary.LittleEndian, false, 2, 2, 2, 1).put(make([]byte, 4))
	f.h.setReal(f.h.layout.pixdim, 1, -2)
	f.h.setReal(f.h.layout.pixdim, 3, 0)
	im, err := Decode(bytes.NewReader(f.bytes()), ITK)
	if err != nil || im.Spacing != [3]float64{1, 3, 2} {
		t.Errorf("got %v, %v; want spacing [1 3 2]", im, err)
	}
}

func TestLabelsRejectWhatIsNoLabel(t *testing.T) {
	for want, v := range map[string]float64{
		"label value 1.5 at voxel [0 0 1] (z, y, x) is not a whole number": 1.5, "-1 at voxel [0 0 1] (z, y, x) is negative": -1,
		"70000 at voxel [0 0 1] (z, y, x) is above 65535": 70000, "NaN at voxel [0 0 1] (z, y, x) is not a whole number": math.NaN(), "+Inf at": math.Inf(1),
	} {
		f := build(binary.LittleEndian, false, 64, 2, 1, 1).put([]float64{1, v})
		if l, err := DecodeLabels(bytes.NewReader(f.bytes()), ITK); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, %v", v, l, err)
		}
	}
	f := build(binary.LittleEndian, false, 8, 3, 1, 1).put([]int32{0, 40000, 65535})
	if l, err := DecodeLabels(bytes.NewReader(f.bytes()), ITK); err != nil || fmt.Sprint(l.Data) != "[0 40000 65535]" {
		t.Errorf("got %v, %v", l, err)
	}
	f = build(binary.LittleEndian, false, 2, 1, 1, 1, 2).put([]uint8{0, 1})
	if _, err := DecodeLabels(bytes.NewReader(f.bytes()), ITK); err == nil || !strings.Contains(err.Error(), "this file has 2") {
		t.Errorf("4D labels: %v", err)
	}
}

func TestRoundTripWithoutHeader(t *testing.T) {
	g := volume.NewGeometry([3]int{2, 3, 4}, [3]float64{2.5, 1, 0.7421879768371582})
	g.Origin = [3]float64{-12.5, 8, 1000}
	g.Direction = [9]float64{0, 0, 1, 1, 0, 0, 0, -1, 0} // a permutation with a reflection
	dir := t.TempDir()
	for _, name := range []string{"a.nii", "b ü.nii.gz"} {
		path := filepath.Join(dir, name)
		im := volume.NewImage(g, 2)
		for i := range im.Data {
			im.Data[i] = float32(i) / 3
		}
		if err := WriteImage(path, im); err != nil {
			t.Fatal(err)
		}
		got, err := ReadImage(path)
		if err != nil || !got.Equal(g, 1e-6) || got.Channels != 2 || fmt.Sprint(got.Data) != fmt.Sprint(im.Data) {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
		labels := volume.NewLabels(g)
		labels.Data[5] = 300
		if err := WriteLabels(path, labels); err != nil {
			t.Fatal(err)
		}
		back, err := ReadLabels(path)
		if err != nil || fmt.Sprint(back.Data) != fmt.Sprint(labels.Data) {
			t.Errorf("%s: labels %v, %v", name, back, err)
		}
	}
	if err := WriteLabels(filepath.Join(dir, "c.png"), volume.NewLabels(g)); err == nil {
		t.Error("labels were written as .png")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestQuaternionOfEveryAxisOrder(t *testing.T) {
	orders := [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
	for _, order := range orders {
		for signs := range 8 {
			g := volume.NewGeometry([3]int{2, 3, 4}, [3]float64{3, 2, 1})
			g.Direction = [9]float64{}
			for column, row := range order {
				g.Direction[3*row+column] = 1 - 2*float64(signs>>column&1)
			}
			h := newHeader(g, 1)
			h.setCode(h.layout.sformCode, 0) // leave only the qform
			h.setDim(0, 3)
			for i := range 3 {
				h.setDim(i+1, int64(g.Shape[2-i]))
			}
			got, _, err := h.geometry(ITK)
			if err != nil || !got.Equal(g, 1e-6) {
				t.Errorf("order %v, signs %d: %v, %v, want %v", order, signs, err, got.Direction, g.Direction)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(build(binary.LittleEndian, false, 4, 3, 2, 2).put(make([]int16, 12)).bytes())
	f.Add(build(binary.BigEndian, true, 2048, 1, 1, 1, 2).put(make([]byte, 64)).bytes())
	f.Add(zip(build(binary.LittleEndian, false, 128, 2, 2).put(make([]byte, 12)).bytes()))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, c := range []Convention{ITK, Nibabel} {
			if im, err := Decode(bytes.NewReader(data), c); err == nil {
				if len(im.Data) != im.Channels*im.Voxels() {
					t.Fatalf("%d values for %v and %d channels", len(im.Data), im.Shape, im.Channels)
				}
				var out bytes.Buffer
				if err := EncodeLabels(&out, volume.NewLabels(im.Geometry)); err != nil {
					t.Fatal(err)
				}
				again, err := DecodeLabels(&out, c)
				if err != nil || again.Shape != im.Shape || again.Spacing != im.Spacing || again.Origin != im.Origin || again.Direction != im.Direction {
					t.Fatalf("%v: geometry %+v became %+v", err, im.Geometry, again)
				}
			}
			DecodeLabels(bytes.NewReader(data), c)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	voxels := make([]int16, 64*128*128)
	for i := range voxels {
		voxels[i] = int16(i * i >> 7 & 0x3ff)
	}
	plain := build(binary.LittleEndian, false, 4, 128, 128, 64).put(voxels).bytes()
	big := build(binary.BigEndian, false, 4, 128, 128, 64).put(voxels).bytes()
	for name, data := range map[string][]byte{"int16": plain, "int16 big-endian": big, "int16 gzip": zip(plain)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(plain)))
			for b.Loop() {
				s := source{reader: bytes.NewReader(data), limit: int64(len(plain))}
				if _, err := s.image(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
