package dicom

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/autoseg/autoseg/volume"
)

// ReadImage reads the one volume of a file or a folder. More than one, and slices that are missing or lie
// unevenly, are an error: a grid cannot hold them.
func ReadImage(path string) (*volume.Image, error) {
	v, err := Only(context.Background(), path)
	if err != nil {
		return nil, err
	}
	image, err := v.Image(context.Background())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return image, nil
}

// ReadGeometry reads where the voxels of the one volume of a file or folder lie.
func ReadGeometry(path string) (volume.Geometry, int, error) {
	v, err := Only(context.Background(), path)
	if err != nil {
		return volume.Geometry{}, 0, err
	}
	return v.Geometry, v.Channels, nil
}

// Only returns the one volume of a file or a folder if a grid can hold it.
func Only(ctx context.Context, path string) (*Volume, error) {
	volumes, findings, err := Scan(ctx, path)
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		return nil, fmt.Errorf("read %s: %v", path, f)
	}
	if len(volumes) == 0 {
		return nil, fmt.Errorf("read %s: there is no DICOM image", path)
	}
	if len(volumes) > 1 {
		var names []string
		for _, v := range volumes {
			names = append(names, v.describe())
		}
		return nil, fmt.Errorf("read %s: there are %d volumes, want one; put each into a folder of its own: %s", path, len(volumes), strings.Join(names, "; "))
	}
	if err := volumes[0].usable(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return volumes[0], nil
}

// usable refuses a volume that no grid can hold.
func (v *Volume) usable() error {
	var problems []error
	for _, f := range v.Findings {
		if f.Kind.Prevents() {
			problems = append(problems, errors.New(f.String()))
		}
	}
	return errors.Join(problems...)
}

// text returns an attribute of the first slice.
func (v *Volume) text(t tag.Tag) string { return v.slices[0].object.text(t) }

// describe names a volume among others.
func (v *Volume) describe() string {
	moment := ""
	if v.Moment != "" {
		moment = ", " + v.Moment
	}
	place := ""
	if !v.slices[0].placed {
		place = ", without ImagePositionPatient or ImageOrientationPatient"
	}
	return fmt.Sprintf("series %d (%s%s, %v voxels%s, in %s)", v.Number, v.Modality, moment, v.Shape, place, v.slices[0].path)
}
