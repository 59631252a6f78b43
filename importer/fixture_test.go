package importer

import (
	"archive/zip"
	"hash/fnv"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

// content is what a line of a tree holds, whole: images of values that differ from file to file, and labels that
// no flip leaves as they are.
type content struct {
	line     published
	geometry volume.Geometry
	channels int
	low, mod int      // of image values
	from, to []uint16 // label values: as published, in the dataset
	isLabels bool
}

func contentOf(t *testing.T, l published) content {
	t.Helper()
	c := content{line: l, channels: 1, low: 0, mod: 200}
	shape := [3]int{len(l.expand()), 12, 10}
	if len(l.expand()) == 1 && !slices.Contains([]string{"picture", "masks", "gif"}, l.kind) {
		shape[0] = 5
	}
	spacing := [3]float64{2.5, 0.75, 0.75}
	if s, ok := l.option("slices"); ok {
		shape[0], _ = strconv.Atoi(s)
	}
	if s, ok := l.option("size"); ok {
		y, x, _ := strings.Cut(s, "x")
		shape[1], _ = strconv.Atoi(y)
		shape[2], _ = strconv.Atoi(x)
	}
	if _, ok := l.option("analyze"); ok {
		spacing = [3]float64{1, 1, 1}
	}
	c.geometry = volume.NewGeometry(shape, spacing)
	c.geometry.Origin = [3]float64{-10, 20, 30}
	if _, ok := l.option("analyze"); ok {
		c.geometry.Origin = [3]float64{}
	}
	if strings.HasSuffix(l.path, ".png") || strings.HasSuffix(l.path, ".tif") || strings.HasSuffix(l.path, ".jpg") || l.kind == "gif" {
		c.geometry = volume.NewFlatGeometry(shape[1], shape[2])
		if c.geometry.Shape[0] = shape[0]; shape[0] > 1 {
			c.geometry.Spacing[0] = 1
		}
	}
	if n, ok := l.option("channels"); ok {
		c.channels, _ = strconv.Atoi(n)
	}
	if _, ok := l.option("hu"); ok {
		c.low = -1000
	}
	for _, a := range l.args {
		from, to, isMap := strings.Cut(a, "->")
		if !isMap {
			continue
		}
		x, errX := strconv.Atoi(from)
		y, errY := strconv.Atoi(to)
		if errX != nil || errY != nil {
			t.Fatalf("%s: %q is no pair of label values", l.path, a)
		}
		c.isLabels = true
		c.from, c.to = append(c.from, uint16(x)), append(c.to, uint16(y))
	}
	return c
}

// value returns an image value, different from file to file.
func (c content) value(channel, z, y, x int) float32 {
	h := fnv.New32a()
	io.WriteString(h, c.line.path)
	return float32(c.low + (int(h.Sum32()%97)+41*channel+31*z+7*y+3*x)%c.mod)
}

// label returns which label value a voxel has.
func (c content) label(z, y, x int) int { return (3*z + 5*(y/2) + 7*(x/3)) % len(c.from) }

func (c content) image() *volume.Image {
	im := volume.NewImage(c.geometry, c.channels)
	i := 0
	for k := range c.channels {
		c.each(func(z, y, x int) { im.Data[i] = c.value(k, z, y, x); i++ })
	}
	return im
}

func (c content) labels() *volume.Labels {
	l := volume.NewLabels(c.geometry)
	i := 0
	c.each(func(z, y, x int) { l.Data[i] = c.from[c.label(z, y, x)]; i++ })
	return l
}

func (c content) each(do func(z, y, x int)) {
	for z := range c.geometry.Shape[0] {
		for y := range c.geometry.Shape[1] {
			for x := range c.geometry.Shape[2] {
				do(z, y, x)
			}
		}
	}
}

// build writes the published files of a format into a folder.
func (p *page) build(t *testing.T, format, dir string) {
	t.Helper()
	stage := t.TempDir()
	for path, text := range p.literal[format] {
		write(t, filepath.Join(stage, path), []byte(text))
	}
	for _, l := range p.tree[format] {
		c := contentOf(t, l)
		switch l.kind {
		case "dicom":
			c.writeDICOM(t, stage)
		case "masks":
			c.writePictures(t, stage)
		case "gif":
			c.writeGIF(t, filepath.Join(stage, l.path))
		case "jpeg":
			c.writeJPEG(t, filepath.Join(stage, l.path))
		case "image", "labels", "picture":
			c.writeFile(t, filepath.Join(stage, l.path))
		case "text":
			write(t, filepath.Join(stage, l.path), []byte("text\n"))
		case "part", "literal": // written with another line
		default:
			t.Fatalf("%s: unknown kind %q", l.path, l.kind)
		}
	}
	pack(t, stage, dir)
}

// pack moves files to their place; what lies under a folder "NAME.zip!" goes into an archive NAME.zip.
func pack(t *testing.T, stage, dir string) {
	t.Helper()
	archives := map[string]map[string][]byte{}
	err := filepath.WalkDir(stage, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(stage, path)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		archive, inner, found := strings.Cut(filepath.ToSlash(name), ".zip!/")
		if !found {
			write(t, filepath.Join(dir, name), data)
			return nil
		}
		if archives[archive] == nil {
			archives[archive] = map[string][]byte{}
		}
		archives[archive][inner] = data
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for archive, files := range archives {
		writeZip(t, filepath.Join(dir, archive+".zip"), files)
	}
}

func writeZip(t *testing.T, path string, files map[string][]byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		e, err := w.Create(name)
		if err == nil {
			_, err = e.Write(files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func (c content) writeFile(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	var err error
	if !c.isLabels {
		err = dataset.Formats().Write(path, c.image())
	} else {
		labels := c.labels()
		if _, ok := c.line.option("turned"); ok { // the second axis runs the other way, header and voxels
			labels = flipRows(labels)
		}
		if _, ok := c.line.option("headerless"); ok {
			labels.Geometry = volume.NewGeometry(labels.Shape, [3]float64{1, 1, 1})
		}
		err = dataset.Formats().WriteLabels(path, labels)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func flipRows(l *volume.Labels) *volume.Labels {
	g := l.Geometry
	g.Origin = corner(g, [3]int{0, g.Shape[1] - 1, 0})
	for row := range 3 {
		g.Direction[3*row+1] *= -1
	}
	out := volume.NewLabels(g)
	n := g.Shape[2]
	for z := range g.Shape[0] {
		for y := range g.Shape[1] {
			copy(out.Data[(z*g.Shape[1]+y)*n:][:n], l.Data[(z*g.Shape[1]+g.Shape[1]-1-y)*n:])
		}
	}
	return out
}

// writePictures writes the slices of labels as pictures. With "down" the first file is the uppermost slice.
func (c content) writePictures(t *testing.T, stage string) {
	t.Helper()
	all := c.labels()
	size := c.geometry.Shape[1] * c.geometry.Shape[2]
	_, down := c.line.option("down")
	paths := c.line.expand()
	for i, path := range paths {
		z := i
		if down {
			z = len(paths) - 1 - i
		}
		one := volume.NewLabels(volume.NewFlatGeometry(c.geometry.Shape[1], c.geometry.Shape[2]))
		copy(one.Data, all.Data[z*size:])
		full := filepath.Join(stage, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := dataset.Formats().WriteLabels(full, one); err != nil {
			t.Fatal(err)
		}
	}
}

func (c content) writeGIF(t *testing.T, path string) {
	t.Helper()
	labels := c.labels()
	im := image.NewPaletted(image.Rect(0, 0, labels.Shape[2], labels.Shape[1]), palette.Plan9)
	for i, v := range labels.Data {
		im.Set(i%labels.Shape[2], i/labels.Shape[2], color.Gray{Y: uint8(v)})
	}
	writeWith(t, path, func(w io.Writer) error { return gif.Encode(w, im, nil) })
}

// writeJPEG writes a picture of one colour, which the compression leaves nearly as it is.
func (c content) writeJPEG(t *testing.T, path string) {
	t.Helper()
	im := image.NewRGBA(image.Rect(0, 0, c.geometry.Shape[2], c.geometry.Shape[1]))
	for i := range im.Pix {
		im.Pix[i] = 200
	}
	writeWith(t, path, func(w io.Writer) error { return jpeg.Encode(w, im, nil) })
}

func writeWith(t *testing.T, path string, encode func(io.Writer) error) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := encode(f); err != nil {
		t.Fatal(err)
	}
}
