package volume

import (
	"fmt"
	"sort"
	"strings"
)

// Format reads and writes the files of one file format. A nil function means that the format cannot
// do that.
type Format struct {
	ReadImage   func(path string) (*Image, error)
	ReadLabels  func(path string) (*Labels, error)
	WriteImage  func(path string, image *Image) error
	WriteLabels func(path string, labels *Labels) error
	// ReadGeometry reads where the voxels of an image lie and the number of channels, without the voxels.
	ReadGeometry func(path string) (Geometry, int, error)
	// Companions lists the other files that an image consists of: the voxels of a header of its own, the
	// spacing beside. Nil where there never are any.
	Companions func(path string) ([]string, error)
}

// Formats is the table of known formats by file ending, in lower case with the dot (".nii.gz"). The
// caller owns it: package volume knows no format.
type Formats map[string]Format

// Ending returns the longest ending of the table that path has, whatever its case, or "".
func (f Formats) Ending(path string) string {
	lower, best := strings.ToLower(path), ""
	for ending := range f {
		if len(ending) > len(best) && strings.HasSuffix(lower, ending) {
			best = ending
		}
	}
	return best
}

// Read reads an image in the format its ending names.
func (f Formats) Read(path string) (*Image, error) {
	format, err := f.find(path)
	if err == nil && format.ReadImage == nil {
		err = fmt.Errorf("%s: images of this format cannot be read", path)
	}
	if err != nil {
		return nil, err
	}
	return format.ReadImage(path)
}

// ReadGeometry reads where the voxels of an image lie and how many channels it has: from the header, or,
// where the format cannot do that, from the whole image.
func (f Formats) ReadGeometry(path string) (Geometry, int, error) {
	format, err := f.find(path)
	if err != nil {
		return Geometry{}, 0, err
	}
	if format.ReadGeometry != nil {
		return format.ReadGeometry(path)
	}
	image, err := f.Read(path)
	if err != nil {
		return Geometry{}, 0, err
	}
	return image.Geometry, image.Channels, nil
}

// ReadLabels reads a segmentation in the format its ending names.
func (f Formats) ReadLabels(path string) (*Labels, error) {
	format, err := f.find(path)
	if err == nil && format.ReadLabels == nil {
		err = fmt.Errorf("%s: segmentations of this format cannot be read", path)
	}
	if err != nil {
		return nil, err
	}
	return format.ReadLabels(path)
}

// Write writes an image in the format its ending names.
func (f Formats) Write(path string, image *Image) error {
	format, err := f.find(path)
	if err == nil && format.WriteImage == nil {
		err = fmt.Errorf("%s: images of this format cannot be written", path)
	}
	if err != nil {
		return err
	}
	return format.WriteImage(path, image)
}

// WriteLabels writes a segmentation in the format its ending names.
func (f Formats) WriteLabels(path string, labels *Labels) error {
	format, err := f.find(path)
	if err == nil && format.WriteLabels == nil {
		err = fmt.Errorf("%s: segmentations of this format cannot be written", path)
	}
	if err != nil {
		return err
	}
	return format.WriteLabels(path, labels)
}

// Files returns the files that an image or a segmentation consists of, path first. Whoever copies or hashes
// an image needs all of them. A file of no known format stands for itself.
func (f Formats) Files(path string) ([]string, error) {
	format := f[f.Ending(path)]
	if format.Companions == nil {
		return []string{path}, nil
	}
	others, err := format.Companions(path)
	return append([]string{path}, others...), err
}

func (f Formats) find(path string) (Format, error) {
	if ending := f.Ending(path); ending != "" {
		return f[ending], nil
	}
	return Format{}, fmt.Errorf("%s: unknown file ending; known are %s", path, strings.Join(f.Endings(), ", "))
}

// Endings returns the endings of the table, sorted.
func (f Formats) Endings() []string {
	var known []string
	for ending := range f {
		known = append(known, ending)
	}
	sort.Strings(known)
	return known
}
