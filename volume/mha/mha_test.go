package mha

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/volume"
)

// oblique is a geometry without a round number in it.
func oblique() volume.Geometry {
	g := volume.NewGeometry([3]int{2, 3, 4}, [3]float64{1.0 / 3, 0.7, 1e-3})
	g.Origin = [3]float64{-153.827, 1e-17, 1434.1}
	g.Direction = [9]float64{0, 0.6, -0.8, 1, 0, 0, 0, 0.8, 0.6}
	return g
}

func ramp(n int) []float32 {
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(i)*1.25 - 7
	}
	return data
}

func TestRoundTripOfImages(t *testing.T) {
	flat := volume.NewFlatGeometry(3, 5)
	flat.Origin = [3]float64{1, 2, 0}
	for name, g := range map[string]volume.Geometry{"oblique": oblique(), "2D": flat} {
		for _, channels := range []int{1, 3} {
			for _, ending := range []string{".mha", ".mhd"} {
				want := &volume.Image{Geometry: g, Channels: channels, Data: ramp(channels * g.Voxels())}
				path := filepath.Join(t.TempDir(), "a b"+ending)
				if err := WriteImage(path, want); err != nil {
					t.Fatal(err)
				}
				got, err := ReadImage(path)
				if err != nil || got.Geometry != want.Geometry || got.Channels != channels || !slices.Equal(got.Data, want.Data) {
					t.Errorf("%s, %d channels, %s: %v, %+v", name, channels, ending, err, got)
				}
				peeked, n, err := ReadGeometry(path)
				if err != nil || peeked != g || n != channels {
					t.Errorf("%s: header %+v, %d channels, %v", name, peeked, n, err)
				}
			}
		}
	}
}

func TestRoundTripOfLabels(t *testing.T) {
	for name, top := range map[string]uint16{"MET_UCHAR": 254, "MET_USHORT": 255} {
		want := volume.NewLabels(oblique())
		want.Data[7], want.Data[23] = 1, top
		path := filepath.Join(t.TempDir(), "a.mha")
		if err := WriteLabels(path, want); err != nil {
			t.Fatal(err)
		}
		raw, _ := os.ReadFile(path)
		if !strings.Contains(string(raw), "ElementType = "+name+"\n") {
			t.Errorf("%s is not in %q", name, raw)
		}
		got, err := ReadLabels(path)
		if err != nil || got.Geometry != want.Geometry || !slices.Equal(got.Data, want.Data) {
			t.Errorf("%v, %+v", err, got)
		}
	}
}

const head = "ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\nElementSpacing = 1 2 3\n"

func TestVariants(t *testing.T) {
	want := []float32{0, 1, 2, 3, 4, 5, 6, 7}
	big, little := new(bytes.Buffer), new(bytes.Buffer)
	for i := range 8 {
		binary.Write(big, binary.BigEndian, int16(i))
		binary.Write(little, binary.LittleEndian, int16(i))
	}
	for name, c := range map[string]struct {
		header string
		files  map[string][]byte
	}{
		"big endian":  {head + "BinaryDataByteOrderMSB = True\nElementType = MET_SHORT\nElementDataFile = LOCAL\n" + big.String(), nil},
		"text":        {head + "BinaryData = False\nElementType = MET_SHORT\nElementDataFile = LOCAL\n0 1 2 3\n4 5 6 7\n", nil},
		"line ends":   {strings.ReplaceAll(head+"ElementType = MET_SHORT\nElementDataFile = LOCAL\n", "\n", "\r\n") + little.String(), nil},
		"skip":        {head + "HeaderSize = 5\nElementType = MET_SHORT\nElementDataFile = a.raw\n", map[string][]byte{"a.raw": append([]byte("hello"), little.Bytes()...)}},
		"at the end":  {head + "HeaderSize = -1\nElementType = MET_SHORT\nElementDataFile = a.raw\n", map[string][]byte{"a.raw": append([]byte("hello"), little.Bytes()...)}},
		"list":        {head + "ElementType = MET_SHORT\nElementDataFile = LIST\na.raw\nb.raw\n", map[string][]byte{"a.raw": little.Bytes()[:8], "b.raw": little.Bytes()[8:]}},
		"list of all": {head + "ElementType = MET_SHORT\nElementDataFile = LIST 3\na.raw\n", map[string][]byte{"a.raw": little.Bytes()}},
		"numbered":    {head + "ElementType = MET_SHORT\nElementDataFile = s%02d.raw 3 5 2\n", map[string][]byte{"s03.raw": little.Bytes()[:8], "s05.raw": little.Bytes()[8:]}},
	} {
		dir := t.TempDir()
		os.WriteFile(filepath.Join(dir, "a.mhd"), []byte(c.header), 0o644)
		for f, content := range c.files {
			os.WriteFile(filepath.Join(dir, f), content, 0o644)
		}
		got, err := ReadImage(filepath.Join(dir, "a.mhd"))
		if err != nil || !slices.Equal(got.Data, want) || got.Spacing != [3]float64{3, 2, 1} {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
}

func TestFourthAxisIsTheChannel(t *testing.T) {
	text := "NDims = 4\nDimSize = 2 1 1 3\nElementSpacing = 1 2 3 9\nTransformMatrix = 0 1 0 0 1 0 0 0 0 0 1 0 0 0 0 1\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n" + "\x01\x02\x03\x04\x05\x06"
	got, err := Decode(strings.NewReader(text))
	if err != nil || got.Channels != 3 || got.Shape != [3]int{1, 1, 2} || !slices.Equal(got.Data, []float32{1, 2, 3, 4, 5, 6}) || got.Direction[1] != 1 || got.Direction[3] != 1 {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestRefusals(t *testing.T) {
	const end = "ElementType = MET_SHORT\nElementDataFile = LOCAL\n"
	for want, text := range map[string]string{
		"not a MetaImage file":             "P5 2 2 255\n",
		"no line ElementDataFile":          head,
		"no DimSize":                       "ElementType = MET_SHORT\nElementDataFile = LOCAL\n",
		"no ElementType":                   head + "ElementDataFile = LOCAL\n",
		"truncated":                        head + end + "abc",
		"more voxels than any computer":    "DimSize = 4000000000 4000000000 4000000000\n" + end,
		"promises":                         head + "DimSize = 2000000 200000 2\n" + end + "abc",
		"as \"x.raw\"":                     head + "ElementType = MET_SHORT\nElementDataFile = x.raw\n",
		"elements of this type":            head + "ElementType = MET_STRING\n",
		"programs read differently":        head + "ElementToIntensityFunctionSlope = 2\n" + end,
		"no volume":                        head + "TransformMatrix = 1 0 0 1 0 0 0 0 1\n" + end + strings.Repeat("x", 16),
		"spacing":                          head + "ElementSpacing = 0 1 1\n" + end + strings.Repeat("x", 16),
		"damaged":                          head + "CompressedData = True\n" + end + "no zlib stream",
		"only one of them":                 "DimSize = 1 1 1 1\nElementNumberOfChannels = 3\n" + end,
		"is the origin of nothing; finite": head + "Offset = 1 NaN 3\n" + end,
	} {
		path := filepath.Join(t.TempDir(), "a.mha")
		os.WriteFile(path, []byte(text), 0o644)
		image, err := ReadImage(path)
		if err == nil {
			t.Errorf("%s: read %+v", want, image)
			continue
		}
		word := want[strings.LastIndex(want, ";")+1:]
		if want != `as "x.raw"` && !strings.Contains(err.Error(), strings.TrimSpace(word)) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestVoxelsOutsideTheFolderAreNotRead(t *testing.T) {
	outer := t.TempDir()
	os.Mkdir(filepath.Join(outer, "inner"), 0o755)
	os.WriteFile(filepath.Join(outer, "secret.raw"), make([]byte, 16), 0o644)
	for _, data := range []string{"../secret.raw", filepath.Join(outer, "secret.raw"), "LIST 3\n../secret.raw", "../secre%d.raw 1 2 1"} {
		path := filepath.Join(outer, "inner", "a.mhd")
		os.WriteFile(path, fmt.Appendf(nil, "%sElementType = MET_SHORT\nElementDataFile = %s\n", head, data), 0o644)
		if _, err := ReadImage(path); err == nil || !strings.Contains(err.Error(), "own folder") {
			t.Errorf("%s: %v", data, err)
		}
	}
}

func TestWrongEnding(t *testing.T) {
	if err := WriteLabels(filepath.Join(t.TempDir(), "a.png"), volume.NewLabels(oblique())); err == nil {
		t.Error("labels were written as .png")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(head + "ElementType = MET_UCHAR\nElementDataFile = LOCAL\n01234567"))
	f.Add([]byte(head + "BinaryData = False\nElementType = MET_DOUBLE\nElementDataFile = LOCAL\n1 2 3 4 5 6 7 8"))
	var packed bytes.Buffer
	if err := EncodeLabels(&packed, volume.NewLabels(oblique())); err != nil {
		f.Fatal(err)
	}
	f.Add(packed.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		DecodeLabels(bytes.NewReader(data))
		im, err := Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		if len(im.Data) != im.Channels*im.Voxels() {
			t.Fatalf("%d values for %v and %d channels", len(im.Data), im.Shape, im.Channels)
		}
		var out bytes.Buffer
		if err := EncodeLabels(&out, volume.NewLabels(im.Geometry)); err != nil {
			t.Fatal(err)
		}
		again, err := DecodeLabels(&out)
		if err != nil || again.Geometry != im.Geometry {
			t.Fatalf("%v: geometry %+v became %+v", err, im.Geometry, again)
		}
	})
}

func TestCompanions(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string][]string{"a.mha": {}, "b.mhd": {filepath.Join(dir, "b.zraw")}} {
		path := filepath.Join(dir, name)
		if err := WriteLabels(path, volume.NewLabels(oblique())); err != nil {
			t.Fatal(err)
		}
		if got, err := Companions(path); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	os.Remove(filepath.Join(dir, "b.zraw"))
	if got, err := Companions(filepath.Join(dir, "b.mhd")); err == nil {
		t.Errorf("a file that is missing: %v", got)
	}
}
