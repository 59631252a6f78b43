package voxels

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWidenEveryType(t *testing.T) {
	for _, c := range []struct {
		t    Type
		v    any
		want []float32
	}{
		{Uint8, []uint8{0, 255}, []float32{0, 255}},
		{Int8, []int8{-128, 127}, []float32{-128, 127}},
		{Uint16, []uint16{0, 65535}, []float32{0, 65535}},
		{Int16, []int16{-32768, 32767}, []float32{-32768, 32767}},
		{Uint32, []uint32{1, 1 << 31}, []float32{1, 1 << 31}},
		{Int32, []int32{-1 << 31, 7}, []float32{-1 << 31, 7}},
		{Uint64, []uint64{1 << 63, 7}, []float32{1 << 63, 7}},
		{Int64, []int64{-1 << 63, 7}, []float32{-1 << 63, 7}},
		{Float16, []uint16{0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000}, []float32{1, -2, 1.0 / (1 << 24), 65504, float32(math.Copysign(0, -1))}},
		{Float32, []float32{-0.5, 3e38}, []float32{-0.5, 3e38}},
		{Float64, []float64{-0.5, 1e-300}, []float32{-0.5, 0}},
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			var b bytes.Buffer
			binary.Write(&b, order.(binary.ByteOrder), c.v)
			n := len(c.want)
			s := Source{Reader: &b, Type: c.t, Order: order.(binary.ByteOrder), Count: int64(n), Stored: int64(b.Len()), Expansion: Raw}
			if got, err := s.Float32(); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v, %v: %v, %v, want %v", c.t, order, got, err, c.want)
			}
		}
	}
}

func TestText(t *testing.T) {
	s := Source{Reader: strings.NewReader(" 1,2\n3.5\t-4e1"), Type: Float32, Count: 4, Text: true}
	if got, err := s.Float32(); err != nil || !slices.Equal(got, []float32{1, 2, 3.5, -40}) {
		t.Errorf("%v, %v", got, err)
	}
	for name, text := range map[string]string{"too few": "1 2", "a word": "1 two 3 4", "endless": strings.Repeat("1", 1000)} {
		if got, err := (Source{Reader: strings.NewReader(text), Type: Uint8, Count: 4, Text: true}).Float32(); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestPromisesTheFileCannotKeep(t *testing.T) {
	for name, s := range map[string]Source{
		"raw":     {Type: Int16, Count: 1 << 40, Stored: 1000, Expansion: Raw},
		"deflate": {Type: Int16, Count: 1 << 40, Stored: 1000, Expansion: Deflate},
		"text":    {Type: Int16, Count: 1 << 40, Stored: 1000, Expansion: Raw, Text: true},
		"no type": {Count: 1},
	} {
		s.Reader = strings.NewReader("")
		if _, err := s.Float32(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Count(1<<40, 1<<40); err == nil {
		t.Error("2^80 voxels were counted")
	}
	endless := Source{Reader: strings.NewReader("abc"), Type: Int16, Order: binary.LittleEndian, Count: 1 << 50}
	if _, err := endless.Float32(); err == nil || !strings.Contains(err.Error(), "1 of 1125899906842624") {
		t.Errorf("%v", err)
	}
}

func TestLabelErrorsNameTheVoxel(t *testing.T) {
	for _, v := range []float32{0.5, -1, 65536, float32(math.NaN()), float32(math.Inf(1))} {
		_, err := AppendLabels(nil, []float32{1, 2, 3, v}, [3]int{1, 2, 2})
		var bad *LabelError
		if !errors.As(err, &bad) || bad.Position != [3]int{0, 1, 1} {
			t.Errorf("%v: %v", v, err)
		}
	}
}

func TestRoundTripOfLabels(t *testing.T) {
	for name, want := range map[string][]uint16{"narrow": {0, 1, 254}, "wide": {0, 255, 65535}, "none": {}} {
		var b bytes.Buffer
		if err := WriteLabels(&b, want); err != nil {
			t.Fatal(err)
		}
		if b.Len() != len(want)*LabelType(want).Bytes() {
			t.Errorf("%s: %d bytes", name, b.Len())
		}
		s := Source{Reader: &b, Type: LabelType(want), Order: binary.LittleEndian, Count: int64(len(want))}
		if got, err := s.Labels([3]int{1, 1, 3}); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestOpenBesideStaysInTheFolder(t *testing.T) {
	outside := t.TempDir()
	dir := filepath.Join(outside, "inner")
	for _, f := range []string{"inner/a.raw", "secret.raw"} {
		path := filepath.Join(outside, f)
		os.MkdirAll(filepath.Dir(path), 0o755)
		os.WriteFile(path, []byte("x"), 0o644)
	}
	os.Symlink(filepath.Join(outside, "secret.raw"), filepath.Join(dir, "link.raw"))
	header := filepath.Join(dir, "a.mhd")
	if f, err := OpenBeside(header, "a.raw"); err != nil {
		t.Error(err)
	} else {
		f.Close()
	}
	for _, name := range []string{"../secret.raw", filepath.Join(outside, "secret.raw"), "link.raw", "none.raw", ".", "", "sub/../../secret.raw"} {
		if f, err := OpenBeside(header, name); err == nil {
			f.Close()
			t.Errorf("%q was opened", name)
		}
	}
}
