package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/npy"
	"github.com/autoseg/autoseg/volume"
)

func TestRoundTrip(t *testing.T) {
	for name, g := range map[string]volume.Geometry{"2D": volume.NewFlatGeometry(3, 5), "3D": volume.NewGeometry([3]int{2, 3, 5}, [3]float64{2.5, 1.0 / 3, 1})} {
		for _, channels := range []int{1, 3} {
			want := volume.NewImage(g, channels)
			for i := range want.Data {
				want.Data[i] = float32(i)*1.25 - 7
			}
			path := filepath.Join(t.TempDir(), "a b_0000.npy")
			if err := WriteImage(path, want); err != nil {
				t.Fatal(err)
			}
			got, err := ReadImage(path)
			if err != nil || got.Geometry != g || got.Channels != channels || !slices.Equal(got.Data, want.Data) {
				t.Errorf("%s, %d channels: %v, %+v", name, channels, err, got)
			}
			if peeked, n, err := ReadGeometry(path); err != nil || peeked != g || n != channels {
				t.Errorf("%s: header %+v, %d channels, %v", name, peeked, n, err)
			}
		}
		for _, top := range []uint16{254, 255} {
			want := volume.NewLabels(g)
			want.Data[1], want.Data[14] = 1, top
			path := filepath.Join(t.TempDir(), "a_0001.npy")
			if err := WriteLabels(path, want); err != nil {
				t.Fatal(err)
			}
			if got, err := ReadLabels(path); err != nil || got.Geometry != g || !slices.Equal(got.Data, want.Data) {
				t.Errorf("%s up to %d: %v, %+v", name, top, err, got)
			}
		}
	}
}

func TestEveryTypeAndShape(t *testing.T) {
	for dtype, values := range map[string]any{
		"|b1": []uint8{0, 1}, "|u1": []uint8{0, 1}, "|i1": []int8{0, 1}, "<i2": []int16{0, 1}, "<u2": []uint16{0, 1}, "<i4": []int32{0, 1}, "<u4": []uint32{0, 1},
		"<i8": []int64{0, 1}, "<u8": []uint64{0, 1}, "<f4": []float32{0, 1}, "<f8": []float64{0, 1}, "<f2": []uint16{0, 0x3c00},
	} {
		for _, shape := range [][]int{{1, 2}, {1, 2, 1}, {1, 2, 1, 1}} {
			b := bytes.NewBuffer(npy.AppendHeader(nil, dtype, shape))
			binary.Write(b, binary.LittleEndian, values)
			if got, err := DecodeLabels(b); err != nil || !slices.Equal(got.Data, []uint16{0, 1}) {
				t.Errorf("%s of %v: %v, %+v", dtype, shape, err, got)
			}
		}
	}
}

// TestOrders reads the array [[[0 1 2] [3 4 5]]] in each order of axes and bytes.
func TestOrders(t *testing.T) {
	c, fortran := []uint16{0, 1, 2, 3, 4, 5}, []uint16{0, 3, 1, 4, 2, 5}
	for _, shape := range [][]int{{2, 3}, {1, 2, 3}, {1, 1, 2, 3}} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			for name, values := range map[string][]uint16{"False": c, "True ": fortran} {
				head := bytes.Replace(npy.AppendHeader(nil, "<u2", shape), []byte("False"), []byte(name), 1)
				if order == binary.BigEndian {
					head = bytes.Replace(head, []byte("<u2"), []byte(">u2"), 1)
				}
				file := bytes.NewBuffer(head)
				binary.Write(file, order, values)
				if got, err := DecodeLabels(bytes.NewReader(file.Bytes())); err != nil || !slices.Equal(got.Data, c) {
					t.Errorf("%v, %v, Fortran order %s: %v, %v", shape, order, name, got, err)
				}
				if got, err := Decode(file); err != nil || !slices.Equal(got.Data, []float32{0, 1, 2, 3, 4, 5}) {
					t.Errorf("%v, %v, Fortran order %s: %v, %v", shape, order, name, got, err)
				}
			}
		}
	}
	channels := append(bytes.Replace(npy.AppendHeader(nil, "|u1", []int{2, 1, 1, 2}), []byte("False"), []byte("True "), 1), 0, 2, 1, 3)
	if got, err := Decode(bytes.NewReader(channels)); err != nil || !slices.Equal(got.Data, []float32{0, 1, 2, 3}) {
		t.Errorf("channels: %v, %v", got, err)
	}
}

func TestRefusals(t *testing.T) {
	for want, raw := range map[string][]byte{
		"not a .npy file":       []byte("hello"),
		"an array of shape [3]": npy.AppendHeader(nil, "<f4", []int{3}),
		"want at least 1":       npy.AppendHeader(nil, "<f4", []int{0, 3}),
		"more voxels than any":  npy.AppendHeader(nil, "<f4", []int{1 << 40, 1 << 40}),
		"promises":              append(npy.AppendHeader(nil, "<f4", []int{1 << 20, 1 << 20}), 1, 2, 3, 4),
		"one value per voxel":   append(npy.AppendHeader(nil, "|u1", []int{2, 1, 1, 1}), 1, 2),
	} {
		path := filepath.Join(t.TempDir(), "a.npy")
		os.WriteFile(path, raw, 0o644)
		if _, err := ReadLabels(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	g := volume.NewFlatGeometry(2, 2)
	g.Origin[0] = 4
	var lost *volume.LostGeometry
	if err := Encode(new(bytes.Buffer), volume.NewImage(g, 1)); !errors.As(err, &lost) {
		t.Errorf("an origin: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(append(npy.AppendHeader(nil, "<i2", []int{2, 1, 2}), 1, 2, 3, 4, 5, 6, 7, 8))
	f.Fuzz(func(t *testing.T, data []byte) {
		DecodeLabels(bytes.NewReader(data))
		im, err := Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := Encode(&out, im); err != nil {
			t.Fatal(err)
		}
		if again, err := Decode(&out); err != nil || again.Geometry != im.Geometry || again.Channels != im.Channels {
			t.Fatalf("%v: changed on the way out", err)
		}
	})
}
