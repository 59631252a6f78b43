package importer

import (
	"context"
	"fmt"
	"image"
	"image/gif"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/dicom"
)

// maxPicture bounds the bytes of a file that is read as a whole.
const maxPicture = 1 << 30

// load reads the image and the labels of a case.
func (s *Source) load(ctx context.Context, f *Format, set *Set, g *group, labelled bool) (*loaded, error) {
	l := &loaded{}
	var order []string // the files of the slices
	for i := range set.Images {
		part, files, err := s.channel(ctx, l, g, i)
		if err != nil {
			return nil, err
		}
		if l.image == nil {
			l.image, order = part, files
			continue
		}
		if part.Shape != l.image.Shape {
			return nil, fmt.Errorf("channel %d (%s) has %v voxels, channel 0 has %v; resample them to one grid", i, f.Channels[i], part.Shape, l.image.Shape)
		}
		if far := displacement(part.Geometry, l.image.Geometry); far > tolerance(l.image.Geometry) {
			l.note(g.name(i), "took the header of channel 0 (moved by up to %.3g mm)", far)
		}
		l.image.Data = append(l.image.Data, part.Data...)
		l.image.Channels += part.Channels
	}
	if l.image.Channels != len(f.Channels) {
		return nil, fmt.Errorf("the image has %d channels, want %d (%s)", l.image.Channels, len(f.Channels), strings.Join(f.Channels, ", "))
	}
	if err := l.checkUnits(f); err != nil {
		return nil, err
	}
	if !labelled {
		return l, nil
	}
	return l, s.merge(ctx, l, f, set, g, order)
}

// name returns a file or folder that a channel comes from, for messages.
func (g *group) name(channel int) string {
	if files := g.images[channel]; len(files) > 0 {
		return files[0]
	}
	return path.Dir(g.series[channel][0]) + "/"
}

// channel reads the image file of a channel, or its DICOM series with the names of the files of its slices.
func (s *Source) channel(ctx context.Context, l *loaded, g *group, i int) (*volume.Image, []string, error) {
	if files := g.images[i]; len(files) > 0 {
		im, err := s.readImage(files[0])
		return im, nil, err
	}
	v, err := s.largest(ctx, l, g.series[i])
	if err != nil {
		return nil, nil, err
	}
	im, err := v.Image(ctx)
	return im, v.Files(), err
}

// largest returns the volume with the most voxels among DICOM files.
func (s *Source) largest(ctx context.Context, l *loaded, files []string) (*dicom.Volume, error) {
	folder := path.Dir(files[0]) + "/"
	volumes, findings, err := dicom.ScanFS(ctx, s, files)
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		return nil, fmt.Errorf("%v", f)
	}
	if len(volumes) == 0 {
		return nil, fmt.Errorf("%s holds no DICOM image", folder)
	}
	best := volumes[0]
	for _, v := range volumes[1:] {
		if v.Voxels() > best.Voxels() {
			best = v
		}
	}
	if len(volumes) > 1 {
		l.note(folder, "took series %d, the largest of %d volumes", best.Number, len(volumes))
	}
	return best, s.usable(l, folder, best)
}

// usable refuses a volume that no grid can hold and records everything else that was found.
func (s *Source) usable(l *loaded, folder string, v *dicom.Volume) error {
	for _, f := range v.Findings {
		if f.Kind.Prevents() {
			return fmt.Errorf("%s: %v", folder, f)
		}
		l.note(folder, "%v", f)
	}
	return nil
}

// readImage reads an image file of any format.
func (s *Source) readImage(name string) (*volume.Image, error) {
	if strings.EqualFold(path.Ext(name), ".gif") {
		labels, err := s.readGIF(name)
		if err != nil {
			return nil, err
		}
		im := volume.NewImage(labels.Geometry, 1)
		for i, v := range labels.Data {
			im.Data[i] = float32(v)
		}
		return im, nil
	}
	onDisk, forget, err := s.onDisk(name)
	if err != nil {
		return nil, err
	}
	defer forget()
	return dataset.Formats().Read(onDisk)
}

// readLabels reads a label file of any format.
func (s *Source) readLabels(name string) (*volume.Labels, error) {
	if strings.EqualFold(path.Ext(name), ".gif") {
		return s.readGIF(name)
	}
	onDisk, forget, err := s.onDisk(name)
	if err != nil {
		return nil, err
	}
	defer forget()
	table := dataset.Formats()
	if table[table.Ending(onDisk)].ReadLabels != nil {
		return table.ReadLabels(onDisk)
	}
	im, err := table.Read(onDisk)
	if err != nil {
		return nil, err
	}
	return wholeNumbers(im, name)
}

func wholeNumbers(im *volume.Image, name string) (*volume.Labels, error) {
	if im.Channels != 1 {
		return nil, fmt.Errorf("%s has %d channels, want one of label values", name, im.Channels)
	}
	labels := volume.NewLabels(im.Geometry)
	for i, v := range im.Data {
		labels.Data[i] = uint16(v)
		if float32(labels.Data[i]) != v {
			return nil, fmt.Errorf("%s: voxel %d is %v, no label value", name, i, v)
		}
	}
	return labels, nil
}

// readGIF reads the grey values of a GIF file, the format of DRIVE's manual segmentations.
func (s *Source) readGIF(name string) (*volume.Labels, error) {
	f, err := s.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	config, err := gif.DecodeConfig(io.LimitReader(f, maxPicture))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if n := config.Width * config.Height; n <= 0 || n > 1<<26 {
		return nil, fmt.Errorf("%s: %dx%d pixels are too many", name, config.Width, config.Height)
	}
	again, err := s.Open(name)
	if err != nil {
		return nil, err
	}
	defer again.Close()
	im, err := gif.Decode(io.LimitReader(again, maxPicture))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return greys(im), nil
}

func greys(im image.Image) *volume.Labels {
	b := im.Bounds()
	labels := volume.NewLabels(volume.NewFlatGeometry(b.Dy(), b.Dx()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, _, _, _ := im.At(b.Min.X+x, b.Min.Y+y).RGBA()
			labels.Data[y*b.Dx()+x] = uint16(r >> 8)
		}
	}
	return labels
}

// onDisk returns a path under which the readers of formats can open a file and the files it consists of: where
// it lies, or, for a file of an archive, a copy that forget removes.
func (s *Source) onDisk(name string) (onDisk string, forget func(), err error) {
	e := s.entries[name]
	if e == nil {
		return "", nil, fmt.Errorf("%s is missing", name)
	}
	if e.outside != nil {
		return "", nil, e.outside
	}
	if e.packed == nil {
		return filepath.Join(s.dir, filepath.FromSlash(e.disk)), func() {}, s.companionsInside(name)
	}
	return s.unpack(name)
}

// stem is a name without its endings; the files an image consists of share it.
func stem(name string) string {
	base, _, _ := strings.Cut(path.Base(name), ".")
	return path.Join(path.Dir(name), base)
}

// siblings lists the files that may belong to an image.
func (s *Source) siblings(name string) (all []string) {
	for _, other := range s.files {
		if path.Dir(other) == path.Dir(name) && stem(other) == stem(name) {
			all = append(all, other)
		}
	}
	return all
}

// companionsInside refuses an image of which a part is a link that leads out of the folder.
func (s *Source) companionsInside(name string) error {
	for _, other := range s.siblings(name) {
		if err := s.entries[other].outside; err != nil {
			return err
		}
	}
	return nil
}

// unpack copies a file of an archive, and those that belong to it, into a folder of their own.
func (s *Source) unpack(name string) (onDisk string, forget func(), err error) {
	dir, err := os.MkdirTemp("", "autoseg-import-")
	if err != nil {
		return "", nil, err
	}
	for _, other := range s.siblings(name) {
		if err := s.copyTo(filepath.Join(dir, path.Base(other)), other); err != nil {
			os.RemoveAll(dir)
			return "", nil, err
		}
	}
	return filepath.Join(dir, path.Base(name)), func() { os.RemoveAll(dir) }, nil
}

func (s *Source) copyTo(to, name string) error {
	in, err := s.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, io.LimitReader(in, maxInner)); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
