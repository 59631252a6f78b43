package nifti

import (
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/volume"
)

func TestReadGeometryEqualsThatOfTheImage(t *testing.T) {
	for _, name := range []string{"a.nii", "a.nii.gz"} {
		path := filepath.Join(t.TempDir(), name)
		image := volume.NewImage(volume.NewGeometry([3]int{3, 4, 5}, [3]float64{3, 2, 1}), 2)
		if err := WriteImage(path, image); err != nil {
			t.Fatal(err)
		}
		want, err := ReadImage(path)
		if err != nil {
			t.Fatal(err)
		}
		g, channels, err := ReadGeometry(path)
		if err != nil || channels != 2 || !g.Equal(want.Geometry, 0) {
			t.Errorf("%s: geometry %+v, %d channels, %v", name, g, channels, err)
		}
	}
	if _, _, err := ReadGeometry(filepath.Join(t.TempDir(), "none.nii")); err == nil {
		t.Error("a missing file has no geometry")
	}
}
