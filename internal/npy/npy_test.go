package npy

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	for name, shape := range map[string][]int{"scalar": {}, "vector": {3}, "empty": {0, 4}, "volume": {2, 3, 4}} {
		t.Run(name, func(t *testing.T) {
			n := 1
			for _, d := range shape {
				n *= d
			}
			data := make([]float32, n)
			for i := range data {
				data[i] = float32(i) - 0.5
			}
			path := filepath.Join(dir, name+".npy")
			if err := Write(path, shape, data); err != nil {
				t.Fatal(err)
			}
			a, err := Read(path)
			if err != nil || !slices.Equal(a.Shape, shape) || !slices.Equal(a.Float32(), data) {
				t.Errorf("got %+v, %v, want shape %v and %v", a, err, shape, data)
			}
		})
	}
}

func TestArchive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npz")
	want := []Entry{{"b.c", Array{Shape: []int{2}, Data: []float64{1, 2}}}, {"a", Array{Shape: []int{}, Data: []float64{-3}}}}
	if err := WriteArchive(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadArchive(path)
	if err != nil || len(got) != 2 || got[0].Name != "b.c" || got[1].Data[0] != -3 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestRefusals(t *testing.T) {
	huge := AppendHeader(nil, "<f4", []int{1 << 40, 1 << 40})
	for name, raw := range map[string][]byte{
		"no array":       []byte("hello, this is no array"),
		"pickled object": AppendHeader(nil, "|O", []int{1}),
		"cut off":        AppendHeader(nil, "<f4", []int{5}),
		"overflow":       huge,
		"half a header":  huge[:20],
	} {
		if _, err := Decode(raw); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	if err := Encode(&b, []int{2, 2}, []float32{1, 2, 3, 4}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) { _, _ = Decode(raw) })
}
