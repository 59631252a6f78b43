package dicom

import (
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/mha"
)

func read(t *testing.T, elements ...string) *volume.Image {
	t.Helper()
	image, err := ReadImage(golden.Shared(t, append([]string{"samples"}, elements...)...))
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// TestSeriesEqualsMetaImage holds two series against the volumes that ITK made of them.
func TestSeriesEqualsMetaImage(t *testing.T) {
	for _, name := range []string{"ProstateX-0001-adc", "ProstateX-0001-sag"} {
		t.Run(name, func(t *testing.T) {
			got := read(t, "prostatex", "dicom", name)
			want, err := mha.ReadImage(golden.Shared(t, "samples", "prostatex", "mha", name+".mha"))
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(want.Geometry, 1e-6) {
				t.Errorf("geometry %+v, want %+v", got.Geometry, want.Geometry)
			}
			if !slices.Equal(got.Data, want.Data) {
				t.Error("voxels differ")
			}
		})
	}
}
