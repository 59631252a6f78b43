package nifti

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/volume"
)

// BenchmarkRead reads eight compressed images of 64 x 256 x 256 voxels, one by one and in parallel.
func BenchmarkRead(b *testing.B) {
	const files = 8
	image := volume.NewImage(volume.NewGeometry([3]int{64, 256, 256}, [3]float64{2, 1, 1}), 1)
	for i := range image.Data {
		image.Data[i] = float32(i * i >> 9 & 0x3f)
	}
	var paths [files]string
	dir := b.TempDir()
	for i := range paths {
		paths[i] = filepath.Join(dir, fmt.Sprint(i, ".nii.gz"))
		if err := WriteImage(paths[i], image); err != nil {
			b.Fatal(err)
		}
	}
	for name, workers := range map[string]int{"one by one": 1, "parallel": runtime.GOMAXPROCS(0)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(files * 4 * len(image.Data)))
			for b.Loop() {
				err := parallel.Each(b.Context(), workers, files, func(_, i int) error {
					_, err := ReadImage(paths[i])
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
