package nrrd

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

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

// bare drops the header that a geometry was read with.
func bare(g volume.Geometry) volume.Geometry {
	g.Native = nil
	return g
}

func TestRoundTripOfImages(t *testing.T) {
	flat := volume.NewFlatGeometry(3, 5)
	flat.Origin = [3]float64{1, 2, 0}
	for name, g := range map[string]volume.Geometry{"oblique": oblique(), "2D": flat} {
		for _, channels := range []int{1, 3} {
			for _, ending := range []string{".nrrd", ".nhdr"} {
				want := &volume.Image{Geometry: g, Channels: channels, Data: ramp(channels * g.Voxels())}
				path := filepath.Join(t.TempDir(), "a b"+ending)
				if err := WriteImage(path, want); err != nil {
					t.Fatal(err)
				}
				got, err := ReadImage(path)
				if err != nil || !got.Equal(want.Geometry, 1e-15) || got.Channels != channels || !slices.Equal(got.Data, want.Data) {
					t.Errorf("%s, %d channels, %s: %v, %+v", name, channels, ending, err, got)
					continue
				}
				if got.Flat() != g.Flat() {
					t.Errorf("%s: a 2D image comes back as %+v", name, got.Geometry)
				}
				peeked, n, err := ReadGeometry(path)
				if err != nil || bare(peeked) != bare(got.Geometry) || n != channels {
					t.Errorf("%s: header %+v, %d channels, %v", name, peeked, n, err)
				}
			}
		}
	}
}

func TestRoundTripOfLabels(t *testing.T) {
	for name, top := range map[string]uint16{"unsigned char": 254, "unsigned short": 255} {
		want := volume.NewLabels(oblique())
		want.Data[7], want.Data[23] = 1, top
		path := filepath.Join(t.TempDir(), "a.nrrd")
		if err := WriteLabels(path, want); err != nil {
			t.Fatal(err)
		}
		raw, _ := os.ReadFile(path)
		if !strings.Contains(string(raw), "type: "+name+"\n") {
			t.Errorf("%s is not in %q", name, raw)
		}
		got, err := ReadLabels(path)
		if err != nil || !got.Equal(want.Geometry, 1e-15) || !slices.Equal(got.Data, want.Data) {
			t.Errorf("%v, %+v", err, got)
		}
	}
}

const head = "NRRD0004\n# made by a test\ntype: short\ndimension: 3\nsizes: 2 2 2\nendian: little\n"

// numbers returns 0 to 7 as int16.
func numbers(order binary.ByteOrder) []byte {
	var b bytes.Buffer
	binary.Write(&b, order, []int16{0, 1, 2, 3, 4, 5, 6, 7})
	return b.Bytes()
}

func zipped(raw []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(raw)
	z.Close()
	return b.Bytes()
}

func TestVariants(t *testing.T) {
	little := numbers(binary.LittleEndian)
	for name, c := range map[string]struct {
		header string
		data   []byte
		files  map[string][]byte
	}{
		"big endian":  {strings.Replace(head, "little", "big", 1) + "encoding: raw\n\n", numbers(binary.BigEndian), nil},
		"text":        {head + "encoding: ascii\n\n", []byte("0 1 2 3\n4,5,6 7"), nil},
		"hex":         {head + "encoding: hex\n\n", []byte("00000100020003000400\n05 00 06 00 07 00"), nil},
		"line ends":   {strings.ReplaceAll(head+"encoding: raw\n\n", "\n", "\r\n"), little, nil},
		"key pairs":   {head + "name:=a: b\nkey: of a sort:=c\nencoding: raw\n\n", little, nil},
		"skip":        {head + "line skip: 2\nbyte skip: 3\nencoding: raw\n\n", append([]byte("a\nb\nxyz"), little...), nil},
		"gzip skip":   {head + "line skip: 1\nbyte skip: 3\nencoding: gzip\n\n", append([]byte("a\n"), zipped(append([]byte("xyz"), little...))...), nil},
		"at the end":  {head + "byte skip: -1\nencoding: gzip\n\n", zipped(append([]byte("anything"), little...)), nil},
		"detached":    {head + "encoding: raw\ndata file: a.raw\n", nil, map[string][]byte{"a.raw": little}},
		"list":        {head + "encoding: raw\ndata file: LIST\na.raw\nb.raw\n", nil, map[string][]byte{"a.raw": little[:8], "b.raw": little[8:]}},
		"list of gz":  {head + "encoding: gz\nbyte skip: 1\ndata file: LIST 2\na.gz\nb.gz\n", nil, map[string][]byte{"a.gz": zipped(append([]byte{9}, little[:8]...)), "b.gz": zipped(append([]byte{9}, little[8:]...))}},
		"numbered":    {head + "encoding: raw\ndatafile: s%02d.raw 5 3 -2\n", nil, map[string][]byte{"s05.raw": little[:8], "s03.raw": little[8:]}},
		"with a list": {head + "encoding: raw\ndata file: s%d.raw 0 3 1 1\n", nil, map[string][]byte{"s0.raw": little[:4], "s1.raw": little[4:8], "s2.raw": little[8:12], "s3.raw": little[12:]}},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "a.nhdr")
		os.WriteFile(path, append([]byte(c.header), c.data...), 0o644)
		for f, content := range c.files {
			os.WriteFile(filepath.Join(dir, f), content, 0o644)
		}
		got, err := ReadImage(path)
		if name == "with a list" { // one axis per file: rows
			if err != nil || !slices.Equal(got.Data, ramp8()) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got.Data, ramp8()) {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
}

func ramp8() []float32 { return []float32{0, 1, 2, 3, 4, 5, 6, 7} }

func TestSpacesBecomeLPS(t *testing.T) {
	const vectors = "space directions: (0,2,0) (3,0,0) (0,0,-4)\nspace origin: (1, 2, 3)\nencoding: raw\n\n"
	for space, c := range map[string]struct {
		origin    [3]float64
		direction [9]float64
	}{
		"space: left-posterior-superior": {[3]float64{1, 2, 3}, [9]float64{0, 1, 0, 1, 0, 0, 0, 0, -1}},
		"space: LPS":                     {[3]float64{1, 2, 3}, [9]float64{0, 1, 0, 1, 0, 0, 0, 0, -1}},
		"space: right-anterior-superior": {[3]float64{-1, -2, 3}, [9]float64{0, -1, 0, -1, 0, 0, 0, 0, -1}},
		"space: left-anterior-superior":  {[3]float64{1, -2, 3}, [9]float64{0, 1, 0, -1, 0, 0, 0, 0, -1}},
		"space: scanner-xyz":             {[3]float64{1, 2, 3}, [9]float64{0, 1, 0, 1, 0, 0, 0, 0, -1}},
		"space dimension: 3":             {[3]float64{1, 2, 3}, [9]float64{0, 1, 0, 1, 0, 0, 0, 0, -1}},
	} {
		text := head + space + "\n" + vectors + string(numbers(binary.LittleEndian))
		got, err := Decode(strings.NewReader(text))
		if err != nil || got.Origin != c.origin || got.Direction != c.direction || got.Spacing != [3]float64{4, 3, 2} {
			t.Errorf("%s: %v, %+v", space, err, got)
			continue
		}
		var out bytes.Buffer
		if err := EncodeLabels(&out, volume.NewLabels(got.Geometry)); err != nil {
			t.Fatal(err)
		}
		for _, line := range append(strings.Split(strings.TrimSpace(vectors), "\n")[:2], space) {
			if !strings.Contains(out.String(), line+"\n") {
				t.Errorf("%s: the line %q was lost in %q", space, line, out.String())
			}
		}
	}
}

func TestChannelsWhereverTheyStand(t *testing.T) {
	want := []float32{0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23} // value 10 * channel + voxel
	for name, c := range map[string]struct{ fields, data string }{
		"fastest":         {"sizes: 3 2 1 2\nspace: LPS\nspace directions: none (1,0,0) (0,1,0) (0,0,1)\n", "0 10 20 1 11 21 2 12 22 3 13 23"},
		"slowest":         {"sizes: 2 1 2 3\nspace: LPS\nspace directions: (1,0,0) (0,1,0) (0,0,1) none\n", "0 1 2 3 10 11 12 13 20 21 22 23"},
		"between":         {"sizes: 2 3 1 2\nkinds: domain vector domain domain\n", "0 1 10 11 20 21 2 3 12 13 22 23"},
		"a fourth place":  {"sizes: 2 1 2 3\n", "0 1 2 3 10 11 12 13 20 21 22 23"},
		"not a direction": {"sizes: 2 1 2 3\nspace: LPS\nspace directions: (1,0,0) (0,1,0) (0,0,1) (nan,nan,nan)\n", "0 1 2 3 10 11 12 13 20 21 22 23"},
	} {
		text := "NRRD0005\ntype: float\ndimension: 4\n" + c.fields + "encoding: text\n\n" + c.data
		got, err := Decode(strings.NewReader(text))
		if err != nil || got.Channels != 3 || got.Shape != [3]int{2, 1, 2} || !slices.Equal(got.Data, want) {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
}

func TestRefusals(t *testing.T) {
	const end = "encoding: raw\n\n"
	for want, text := range map[string]string{
		"not an NRRD file":             "P5 2 2 255\n",
		"version 9":                    "NRRD0009\n",
		"the header is cut off":        head,
		"no type":                      "NRRD0001\ndimension: 2\nsizes: 2 2\n" + end,
		"no sizes":                     "NRRD0001\ntype: uchar\n\n",
		"no encoding":                  head + "\n",
		"no endian":                    "NRRD0001\ntype: short\ndimension: 2\nsizes: 2 2\n" + end,
		"voxels of this type":          "NRRD0001\ntype: block\n",
		"this encoding":                head + "encoding: zrl\n",
		"sizes for 3 axes":             "NRRD0001\ntype: uchar\ndimension: 3\nsizes: 2 2\n" + end,
		"truncated":                    head + end + "abc",
		"more voxels than any":         "NRRD0001\ntype: uchar\ndimension: 3\nsizes: 4000000000 4000000000 4000000000\n" + end,
		"promises":                     "NRRD0001\ntype: uchar\ndimension: 3\nsizes: 40000 40000 40000\nencoding: gzip\n\n" + string(zipped(make([]byte, 1000))),
		"1 of the 1 axes":              "NRRD0001\ntype: uchar\ndimension: 1\nsizes: 4\n" + end + "1234",
		"want a whole number of -1":    head + "byte skip: -5\n" + end,
		"has no length":                head + "space: LPS\nspace directions: (0,0,0) (0,1,0) (0,0,1)\n" + end,
		"span no volume":               head + "space: LPS\nspace directions: (1,0,0) (1,0,0) (0,0,1)\n" + end,
		"no vector of 3 numbers":       head + "space: LPS\nspace directions: (1,0) (0,1) (0,0)\n" + end,
		"does not end":                 head + "space: LPS\nspace directions: (1,0\n" + end,
		"not finite":                   head + "space: LPS\nspace origin: (inf,0,0)\n" + end,
		"only one axis beside":         "NRRD0001\ntype: uchar\ndimension: 5\nsizes: 2 2 2 2 2\n" + end,
		"the gzip data is damaged":     head + "encoding: gzip\n\nno gzip stream",
		"is no hexadecimal digit":      head + "encoding: hex\n\n" + strings.Repeat("0", 30) + "zz",
		"1 files of voxels for 2":      head + "encoding: raw\ndata file: LIST\na.raw\n",
		"that file is missing":         head + "encoding: raw\ndata file: a.raw\n",
		"damaged or truncated at its ": head + "encoding: gzip\n\n" + string(broken(zipped(numbers(binary.LittleEndian)))),
	} {
		path := filepath.Join(t.TempDir(), "a.nrrd")
		os.WriteFile(path, []byte(text), 0o644)
		image, err := ReadImage(path)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %+v", want, err, image)
		}
	}
}

// broken damages the checksum at the end of a gzip stream.
func broken(z []byte) []byte {
	z[len(z)-6] ^= 0xff
	return z
}

func TestVoxelsOutsideTheFolderAreNotRead(t *testing.T) {
	outer := t.TempDir()
	os.Mkdir(filepath.Join(outer, "inner"), 0o755)
	os.WriteFile(filepath.Join(outer, "secret.raw"), make([]byte, 16), 0o644)
	for _, data := range []string{"../secret.raw", filepath.Join(outer, "secret.raw"), "LIST 3\n../secret.raw", "../secre%d.raw 1 2 1"} {
		path := filepath.Join(outer, "inner", "a.nhdr")
		os.WriteFile(path, fmt.Appendf(nil, "%sencoding: raw\ndata file: %s\n", head, data), 0o644)
		if _, err := ReadImage(path); err == nil || !strings.Contains(err.Error(), "own folder") {
			t.Errorf("%s: %v", data, err)
		}
	}
}

func TestChangedGeometryIsWrittenAnew(t *testing.T) {
	text := head + "space: RAS\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (1,2,3)\nencoding: raw\n\n" + string(numbers(binary.LittleEndian))
	im, err := Decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	im.Origin[0] = 7
	var out bytes.Buffer
	if err := Encode(&out, im); err != nil {
		t.Fatal(err)
	}
	if again, err := Decode(&out); err != nil || again.Origin != [3]float64{7, -2, 3} || !again.Equal(im.Geometry, 0) {
		t.Errorf("%v, %+v", err, again)
	}
}

func TestWrongEnding(t *testing.T) {
	if err := WriteLabels(filepath.Join(t.TempDir(), "a.png"), volume.NewLabels(oblique())); err == nil {
		t.Error("labels were written as .png")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(head + "encoding: raw\n\n0123456789abcdef"))
	f.Add([]byte("NRRD0005\ntype: float\ndimension: 4\nsizes: 2 1 2 3\nspace: RAS\nspace directions: (1,0,0) (0,1,0) (0,0,1) none\nspace origin: (1,2,3)\nencoding: text\n\n0 1 2 3 10 11 12 13 20 21 22 23"))
	f.Add([]byte("NRRD0005\ntype: uchar\ndimension: 2\nsizes: 2 2\nspace dimension: 2\nspace directions: (1,0) (0,1)\nencoding: hex\nline skip: 1\n\n\n00010203"))
	f.Add([]byte("NRRD0005\ntype: uchar\ndimension: 3\nsizes: 1 2 2\nspacings: nan 1.5 2\nkinds: vector domain domain\nencoding: gzip\nbyte skip: -1\n\n" + string(zipped([]byte{1, 2, 3, 4, 5}))))
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
		if err != nil || bare(again.Geometry) != bare(im.Geometry) {
			t.Fatalf("%v: geometry %+v became %+v", err, im.Geometry, again)
		}
	})
}

func TestCompanions(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string][]string{"a.nrrd": {}, "b.nhdr": {filepath.Join(dir, "b.raw.gz")}} {
		path := filepath.Join(dir, name)
		if err := WriteLabels(path, volume.NewLabels(oblique())); err != nil {
			t.Fatal(err)
		}
		if got, err := Companions(path); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	os.Remove(filepath.Join(dir, "b.raw.gz"))
	if got, err := Companions(filepath.Join(dir, "b.nhdr")); err == nil {
		t.Errorf("a file that is missing: %v", got)
	}
}
