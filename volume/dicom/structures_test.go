package dicom

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
)

// TestStructures holds the mask of a region with a hole against the one that numpy fills by the even-odd rule at the
// centres of voxels: 1443 of them, whose row numbers and column numbers both sum to 254882.
func TestStructures(t *testing.T) {
	folder := golden.Shared(t, "samples", "dicom-rtstruct", "mock_data")
	s, err := ReadStructures(filepath.Join(folder, "rt.dcm"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Reference(context.Background(), folder)
	if err != nil {
		t.Fatal(err)
	}
	masks, err := s.Masks(v)
	if err != nil {
		t.Fatal(err)
	}
	labels, err := masks.Labels()
	if err != nil {
		t.Fatal(err)
	}
	if labels.Shape != [3]int{2, 512, 512} || len(masks.Segments) != 1 || masks.Names[1] != "ROI-1" {
		t.Fatalf("shape %v, names %v", labels.Shape, masks.Names)
	}
	voxels, rows, columns := 0, 0, 0
	for i, in := range masks.Segments[1] {
		if in {
			voxels, rows, columns = voxels+1, rows+i/512, columns+i%512
		}
	}
	if voxels != 1443 || rows != 254882 || columns != 254882 {
		t.Errorf("%d voxels, rows sum to %d, columns to %d", voxels, rows, columns)
	}
}

// TestStructuresRefused holds outlines that no series holds against the reason.
func TestStructuresRefused(t *testing.T) {
	mock := golden.Shared(t, "samples", "dicom-rtstruct", "mock_data")
	for _, c := range []struct{ path, series, want string }{
		{filepath.Join(mock, "invalid_reference_rt.dcm"), mock, "outside the series of 2 slices"},
		{filepath.Join(mock, "non_existent_reference_rt.dcm"), mock, "outside the series of 2 slices"},
		{filepath.Join(mock, "rt.dcm"), filepath.Join(mock, "..", "oriented_data"), "0 volumes of"},
		{filepath.Join(mock, "ct_1.dcm"), mock, "no set of contours"},
	} {
		t.Run(filepath.Base(c.path), func(t *testing.T) {
			s, err := ReadStructures(c.path)
			var v *Volume
			if err == nil {
				v, err = s.Reference(context.Background(), c.series)
			}
			if err == nil {
				_, err = s.Masks(v)
			}
			refused(t, err, c.want)
		})
	}
}

// TestOblique draws the four corners of a voxel block of an oblique series.
func TestOblique(t *testing.T) {
	path := golden.Shared(t, "samples", "dicom-rtstruct", "oriented_data")
	v, err := Only(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	corner := func(y, x float64) (p [3]float64) {
		for i := range p {
			p[i] = v.Origin[i] + v.Direction[3*i]*x*v.Spacing[2] + v.Direction[3*i+1]*y*v.Spacing[1] + v.Direction[3*i+2]*v.Spacing[0]
		}
		return p
	}
	outline := [][3]float64{corner(9.5, 19.5), corner(9.5, 29.5), corner(14.5, 29.5), corner(14.5, 19.5)}
	mask := make([]bool, v.Voxels())
	if err := draw(mask, v.Geometry, outline); err != nil {
		t.Fatal(err)
	}
	for i, in := range mask {
		z, y, x := i/(50*100), i/100%50, i%100
		if want := z == 1 && y >= 10 && y < 15 && x >= 20 && x < 30; in != want {
			t.Fatalf("voxel %d, %d, %d is %v", z, y, x, in)
		}
	}
	outline[0] = [3]float64{}
	refused(t, draw(mask, v.Geometry, outline), "plane of a slice")
}

// structuresFile is an RTSTRUCT object with one square.
func structuresFile() []byte {
	item := func(body []byte) []byte {
		return append([]byte{0xfe, 0xff, 0, 0xe0, byte(len(body)), byte(len(body) >> 8), 0, 0}, body...)
	}
	b := add(begin("1.2.840.10008.1.2.1"), 8, 0x16, "UI", []byte(structuresClass+"\x00"))
	b = add(b, 0x3006, 0x20, "SQ", item(add(add(nil, 0x3006, 0x22, "IS", []byte("1")), 0x3006, 0x26, "LO", []byte("liver"))))
	contour := add(nil, 0x3006, 0x42, "CS", []byte("CLOSED_PLANAR"))
	contour = add(contour, 0x3006, 0x50, "DS", []byte(`0\0\0\3\0\0\3\3\0\0\3\0`))
	return add(b, 0x3006, 0x39, "SQ", item(add(add(nil, 0x3006, 0x40, "SQ", item(contour)), 0x3006, 0x84, "IS", []byte("1"))))
}

func FuzzStructures(f *testing.F) {
	f.Add(structuresFile())
	g := volume.NewGeometry([3]int{3, 8, 8}, [3]float64{2, 1, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := parse(data)
		if err != nil {
			return
		}
		s, err := o.structures()
		if err != nil {
			return
		}
		masks, err := s.Masks(&Volume{Geometry: g})
		if err != nil {
			return
		}
		for number, mask := range masks.Segments {
			if number == 0 || len(mask) != g.Voxels() {
				t.Errorf("region %d has %d voxels", number, len(mask))
			}
		}
	})
}

func TestStructuresFile(t *testing.T) {
	o, err := parse(structuresFile())
	if err != nil {
		t.Fatal(err)
	}
	s, err := o.structures()
	if err != nil {
		t.Fatal(err)
	}
	masks, err := s.Masks(&Volume{Geometry: volume.NewGeometry([3]int{1, 4, 4}, [3]float64{1, 1, 1})})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := masks.Only("spleen"); err == nil {
		t.Error("a segment that is not there was found")
	}
	if one, err := masks.Only("liver"); err != nil || len(one.Segments) != 1 {
		t.Error(err)
	}
}
