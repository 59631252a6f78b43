package dicom

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// folder writes pictures to a folder, last first, so that names do not tell the order.
func folder(t testing.TB, pictures ...picture) string {
	t.Helper()
	dir := t.TempDir()
	for i, p := range pictures {
		name := filepath.Join(dir, fmt.Sprintf("%02d", len(pictures)-i))
		if err := os.WriteFile(name, p.bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func at(z ...float64) (out []picture) {
	for i, v := range z {
		out = append(out, picture{series: "1.2", uid: fmt.Sprint("1.2.", i), at: v, stored: 16, high: 15, slope: "1", offset: "0",
			pixels: []byte{byte(i), 0, 1, 0, 2, 0, 3, 0}})
	}
	return out
}

func TestFindings(t *testing.T) {
	tilted := at(0, 5, 10)
	tilted[1].shift, tilted[2].shift = 1, 2
	copied := at(0, 5, 10)
	copied = append(copied, copied[1])
	for _, c := range []struct {
		name     string
		pictures []picture
		want     []Kind
	}{
		{"even", at(0, 5, 10, 15), nil},
		{"rounded positions", at(0, 5.004, 10, 15), nil},
		{"one missing", at(0, 5, 15, 20), []Kind{Missing}},
		{"uneven", at(0, 5, 12, 17), []Kind{Uneven}},
		{"tilted", tilted, []Kind{Tilt}},
		{"a copied file", copied, []Kind{Duplicate}},
		{"another at one place", at(0, 5, 5, 10), []Kind{Duplicate}},
	} {
		t.Run(c.name, func(t *testing.T) {
			volumes, _, err := Scan(context.Background(), folder(t, c.pictures...))
			if err != nil || len(volumes) != 1 {
				t.Fatal(len(volumes), err)
			}
			var got []Kind
			for _, f := range volumes[0].Findings {
				got = append(got, f.Kind)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("findings %v, want %v", volumes[0].Findings, c.want)
			}
		})
	}
}

func TestStoredValues(t *testing.T) {
	for _, c := range []struct {
		name                 string
		stored, high, signed int
		slope, offset        string
		pixels               []byte
		want                 []float32
	}{
		{"unsigned", 16, 15, 0, "1", "0", []byte{0, 0, 1, 0, 0, 128, 255, 255}, []float32{0, 1, 32768, 65535}},
		{"signed", 16, 15, 1, "1", "0", []byte{0, 0, 1, 0, 0, 128, 255, 255}, []float32{0, 1, -32768, -1}},
		{"12 bits signed, rubbish above", 12, 11, 1, "1", "0", []byte{0, 0xf0, 1, 0, 0, 8, 255, 15}, []float32{0, 1, -2048, -1}},
		{"12 bits at the top", 12, 15, 0, "1", "0", []byte{0x0f, 0, 0x10, 0, 0, 128, 255, 255}, []float32{0, 1, 2048, 4095}},
		{"rescaled", 16, 15, 0, "2.5", "-1024", []byte{0, 0, 1, 0, 2, 0, 4, 0}, []float32{-1024, -1021.5, -1019, -1014}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := picture{series: "1", uid: "1", stored: c.stored, high: c.high, signed: c.signed, slope: c.slope, offset: c.offset, pixels: c.pixels}
			image, err := ReadImage(folder(t, p))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(image.Data, c.want) {
				t.Errorf("values %v, want %v", image.Data, c.want)
			}
		})
	}
}
