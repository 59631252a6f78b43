package dicom

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkSeries reads a series of 60 slices of 512 x 512 pixels from a folder, headers and pixels.
func BenchmarkSeries(b *testing.B) {
	const slices, side = 60, 512
	dir := b.TempDir()
	pixels := make([]byte, 2*side*side)
	for i := range pixels {
		pixels[i] = byte(i * i >> 7 & 0x3)
	}
	for i := range slices {
		p := picture{series: "1.2", uid: fmt.Sprint("1.2.", i), at: 2 * float64(i), number: i, stored: 16, high: 15, signed: 1,
			slope: "1", offset: "-1024", rows: side, columns: side, pixels: pixels}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.dcm", i)), p.bytes(), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(slices * side * side * 2)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadImage(dir); err != nil {
			b.Fatal(err)
		}
	}
}
