package dicom

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/autoseg/autoseg/volume"
)

func refused(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("error %v, want %q", err, want)
	}
}

// add appends an explicit little endian element.
func add(b []byte, group, element uint16, vr string, value []byte) []byte {
	if len(value)%2 == 1 {
		value = append(value, ' ')
	}
	b = binary.LittleEndian.AppendUint16(b, group)
	b = append(binary.LittleEndian.AppendUint16(b, element), vr...)
	if longVR(vr) {
		b = binary.LittleEndian.AppendUint32(append(b, 0, 0), uint32(len(value)))
	} else {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	}
	return append(b, value...)
}

func word(v int) []byte { return binary.LittleEndian.AppendUint16(nil, uint16(v)) }

// begin returns preamble and transfer syntax.
func begin(syntax string) []byte {
	return add(append(make([]byte, 128), "DICM"...), 2, 0x10, "UI", append([]byte(syntax), 0))
}

// picture describes a small slice; the position is along z.
type picture struct {
	series, uid   string
	at, shift     float64
	unplaced      bool
	number        int
	trigger       string
	stored, high  int
	signed        int
	slope, offset string
	rows, columns int    // 0 for 2
	pixels        []byte // 16 bits
}

func (p picture) bytes() []byte {
	b := begin("1.2.840.10008.1.2.1")
	b = add(b, 8, 0x16, "UI", []byte("1.2.840.10008.5.1.4.1.1.2"))
	b = add(b, 8, 0x18, "UI", []byte(p.uid))
	b = add(b, 0x10, 0x10, "PN", []byte("Planted^Name"))
	if p.trigger != "" {
		b = add(b, 0x18, 0x1060, "DS", []byte(p.trigger))
	}
	b = add(b, 0x20, 0x0e, "UI", []byte(p.series))
	b = add(b, 0x20, 0x13, "IS", []byte(strconv.Itoa(p.number)))
	if !p.unplaced {
		b = add(b, 0x20, 0x32, "DS", []byte(number(p.shift)+"\\0\\"+number(p.at)))
	}
	b = add(b, 0x20, 0x37, "DS", []byte("1\\0\\0\\0\\1\\0"))
	b = add(b, 0x28, 2, "US", word(1))
	b = add(b, 0x28, 4, "CS", []byte("MONOCHROME2"))
	b = add(add(b, 0x28, 0x10, "US", word(cmp.Or(p.rows, 2))), 0x28, 0x11, "US", word(cmp.Or(p.columns, 2)))
	b = add(b, 0x28, 0x30, "DS", []byte("0.5\\0.25"))
	b = add(add(b, 0x28, 0x100, "US", word(16)), 0x28, 0x101, "US", word(p.stored))
	b = add(add(b, 0x28, 0x102, "US", word(p.high)), 0x28, 0x103, "US", word(p.signed))
	b = add(add(b, 0x28, 0x1052, "DS", []byte(p.offset)), 0x28, 0x1053, "DS", []byte(p.slope))
	return add(b, 0x7fe0, 0x10, "OW", p.pixels)
}

// plantedSeries is a series of three slices with a name in every file, and labels on it.
func plantedSeries(t testing.TB) (*Volume, *volume.Labels) {
	t.Helper()
	dir := folder(t, at(0, 5, 10)...)
	for _, file := range files(t, dir) {
		data, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(data, []byte("Planted^Name")) {
			t.Fatalf("%s holds no name, %v", file, err)
		}
	}
	source, err := Only(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	labels := volume.NewLabels(source.Geometry)
	labels.Data[5], labels.Data[8] = 1, 1
	return source, labels
}

func files(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// killer is the file of 344 bytes and less that makes the library ask for all memory there is.
func killer() []byte {
	b := begin("1.2.840.10008.1.2.1")
	b = add(add(b, 0x28, 0x10, "US", word(0)), 0x28, 0x11, "US", word(0))
	b = add(b, 0x28, 8, "IS", []byte("1099511627776"))
	b = add(b, 0x28, 0x100, "US", word(16))
	return add(b, 0x7fe0, 0x10, "OW", nil)
}

func nested(depth int) []byte {
	b := begin("1.2.840.10008.1.2.1")
	for range depth {
		b = append(b, 8, 0, 0x40, 0x11, 'S', 'Q', 0, 0, 255, 255, 255, 255, 0xfe, 0xff, 0, 0xe0, 255, 255, 255, 255)
	}
	return b
}

func TestGuardRefuses(t *testing.T) {
	long := add(begin("1.2.840.10008.1.2.1"), 8, 0x60, "OB", []byte("CT"))
	binary.LittleEndian.PutUint32(long[len(long)-6:], 0xfffffff0)
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"2^40 frames without pixels", killer(), "Rows is 0"},
		{"a length beyond the file", long, "claims 4294967280 bytes"},
		{"sequences without end", nested(1 << 20), "nested deeper than 64"},
		{"an unknown transfer syntax", begin("1.2.3"), "transfer syntax"},
		{"nothing", nil, "not a DICOM file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.dcm")
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := ReadImage(path)
			refused(t, err, c.want)
		})
	}
}

// TestNothingOfThePatient shows that a name in a file does not even reach the library.
func TestNothingOfThePatient(t *testing.T) {
	data := picture{series: "1.2", uid: "1", stored: 16, high: 15, slope: "1", offset: "0", pixels: make([]byte, 8)}.bytes()
	if !bytes.Contains(data, []byte("Planted^Name")) {
		t.Fatal("the file holds no name")
	}
	o, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	for at, e := range o.attributes {
		if at.Group == 0x10 || strings.Contains(e.String(), "Planted") {
			t.Errorf("%v was read", at)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(killer())
	f.Add(nested(70))
	f.Add(picture{series: "1.2", uid: "1", stored: 12, high: 11, slope: "2", offset: "-3", pixels: make([]byte, 8)}.bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := parse(data)
		if err != nil {
			return
		}
		if o.syntax.pixels != native && o.syntax.pixels != runLength && o.syntax.pixels != deflatedFrames {
			return // the codecs run in a sandbox and are slow
		}
		frames, err := o.slices("fuzz")
		if err != nil {
			return
		}
		for i := range min(len(frames), 4) {
			s := frames[i]
			planes := make([][]float32, s.format.samples)
			for c := range planes {
				planes[c] = make([]float32, s.format.rows*s.format.columns)
			}
			_ = s.read(planes) // only a panic is a failure
		}
	})
}

// TestLibraryStaysInStep shows that the library does not run over values it reads in another way: what follows
// them is still there.
func TestLibraryStaysInStep(t *testing.T) {
	odd := append(begin("1.2.840.10008.1.2.1"), 0x28, 0, 0x10, 0, 'U', 'S', 3, 0, 1, 0, 0)
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"a number of three bytes", odd},
		{"a value of 64-bit numbers", add(begin("1.2.840.10008.1.2.1"), 0x28, 0x10, "UV", make([]byte, 8))},
		{"a text of 65535 bytes", append(append(begin("1.2.840.10008.1.2.1"), 8, 0, 0x60, 0, 'C', 'S', 255, 255), make([]byte, 0xffff)...)},
		{"a delimiter with a length", append(begin("1.2.840.10008.1.2.1"), 8, 0, 0x40, 0x11, 'S', 'Q', 0, 0, 255, 255, 255, 255,
			0xfe, 0xff, 0, 0xe0, 255, 255, 255, 255, 0xfe, 0xff, 0x0d, 0xe0, 0, 0, 255, 127, 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, err := parse(add(c.data, 0x28, 0x11, "US", word(7)))
			if err != nil {
				t.Fatal(err)
			}
			if columns := o.number(tag.Columns, 0); columns != 7 {
				t.Errorf("%g columns, want 7", columns)
			}
		})
	}
}
