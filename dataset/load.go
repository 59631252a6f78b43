package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"

	"github.com/autoseg/autoseg/volume"
)

// Image reads every channel of a case. It fails, naming case and file, when a channel is missing or
// has another shape or spacing than the first, when the number of channels is not the dataset's, and
// when a voxel is NaN or infinite.
func (d *Dataset) Image(c Case) (*volume.Image, error) {
	formats, err := d.formats()
	if err != nil {
		return nil, caseError(c, err)
	}
	var image *volume.Image
	for i, path := range c.Images {
		part, err := readImage(formats, path)
		if err != nil {
			return nil, caseError(c, missing(err, "image of channel %d", i))
		}
		if at := firstNotFinite(part.Data); at >= 0 {
			return nil, caseError(c, fmt.Errorf("%s: voxel %v (z, y, x) is %v; replace such voxels by a number",
				path, position(part.Shape, at%part.Voxels()), part.Data[at]))
		}
		if image == nil {
			image = part
			continue
		}
		if !image.SameGrid(part.Geometry) {
			return nil, caseError(c, fmt.Errorf("%s has %s, but %s has %s; resample the channels to one grid",
				path, grid(part.Geometry), filepath.Base(c.Images[0]), grid(image.Geometry)))
		}
		image.Data = append(slices.Grow(image.Data, (len(c.Images)-i)*len(part.Data)), part.Data...)
		image.Channels += part.Channels
	}
	if image == nil || image.Channels != len(d.Channels) {
		n := 0
		if image != nil {
			n = image.Channels
		}
		return nil, caseError(c, fmt.Errorf("found %d channels, dataset.json declares %d (%v)", n, len(d.Channels), d.Channels))
	}
	return image, nil
}

// Geometry reads the headers of a case: where the voxels of its first file lie, and how many channels
// all of its files have.
func (d *Dataset) Geometry(c Case) (volume.Geometry, int, error) {
	var g volume.Geometry
	formats, err := d.formats()
	if err != nil {
		return g, 0, caseError(c, err)
	}
	channels := 0
	for i, path := range c.Images {
		part, n, err := readGeometry(formats, path)
		if err != nil {
			return g, 0, caseError(c, missing(err, "image of channel %d", i))
		}
		if i == 0 {
			g = part
		}
		channels += n
	}
	return g, channels, nil
}

// Labels reads the segmentation of a case. It fails when a value is not declared in dataset.json.
func (d *Dataset) Labels(c Case) (*volume.Labels, error) {
	formats, err := d.formats()
	if err != nil {
		return nil, caseError(c, err)
	}
	if c.Labels == "" {
		return nil, caseError(c, errors.New("there is no label file"))
	}
	labels, err := formats.ReadLabels(c.Labels)
	if err != nil {
		return nil, caseError(c, missing(err, "label file"))
	}
	declared := d.Labelling.values()
	for i, v := range labels.Data {
		if int(v) >= len(declared) || !declared[v] {
			return nil, caseError(c, fmt.Errorf("%s: label %d at voxel %v (z, y, x) is not declared in dataset.json",
				c.Labels, v, position(labels.Shape, i)))
		}
	}
	return labels, nil
}

// Load reads image and labels of a case and checks that they lie on one grid.
func (d *Dataset) Load(c Case) (*volume.Image, *volume.Labels, error) {
	image, err := d.Image(c)
	if err != nil {
		return nil, nil, err
	}
	labels, err := d.Labels(c)
	if err != nil {
		return nil, nil, err
	}
	if !image.SameGrid(labels.Geometry) {
		return nil, nil, caseError(c, fmt.Errorf("%s has %s, but its image %s has %s; labels must lie on the grid of the image",
			c.Labels, grid(labels.Geometry), filepath.Base(c.Images[0]), grid(image.Geometry)))
	}
	return image, labels, nil
}

// values returns which label values are declared, ignore included, indexed by value.
func (l Labelling) values() []bool {
	all := l.All()
	if v, ok := l.Ignore(); ok {
		all = append(all, v)
	}
	declared := make([]bool, slices.Max(append(all, 0))+1)
	for _, v := range all {
		declared[v] = true
	}
	return declared
}

func caseError(c Case, err error) error { return fmt.Errorf("case %s: %w", c.ID, err) }

// missing says which role a file had that is not there.
func missing(err error, role string, args ...any) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf(role+" is missing: %w", append(args, err)...)
	}
	return err
}

func grid(g volume.Geometry) string {
	return fmt.Sprintf("shape %v and spacing %v", g.Shape, g.Spacing)
}

// firstNotFinite returns the index of the first NaN or infinite value, or -1.
func firstNotFinite(data []float32) int {
	const exponent = 0x7f800000
	for i, v := range data {
		if math.Float32bits(v)&exponent == exponent {
			return i
		}
	}
	return -1
}

func position(shape [3]int, i int) [3]int {
	return [3]int{i / shape[2] / shape[1], i / shape[2] % shape[1], i % shape[2]}
}
