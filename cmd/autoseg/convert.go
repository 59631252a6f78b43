package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/dicom"
)

// convertFlags are the flags of the verb.
type convertFlags struct {
	labels, image, dropGeometry bool
	reference, segment          string
}

// converted is what the verb reports.
type converted struct {
	Output   string     `json:"output"`
	Kind     string     `json:"kind"` // image or labels
	Shape    [3]int     `json:"shape"`
	Spacing  [3]float64 `json:"spacing"`
	Channels int        `json:"channels"`
	Lost     string     `json:"lost,omitempty"`
}

func newConvertCommand(a *app) *cobra.Command {
	var f convertFlags
	cmd := &cobra.Command{
		Use:   "convert IN OUT",
		Short: "Convert one image or segmentation between file formats",
		Long: `Converts one image or segmentation into the format of OUT's ending, geometry kept. Whole numbers from 0 to
65535 of a single channel with at most 256 different values are taken for a segmentation, everything else for
an image; --labels and --image decide it. A format that cannot hold the values or the geometry is refused; see
docs/formats.md for what each one holds. IN may be a DICOM file or a folder with one DICOM series; DICOM-SEG and
RTSTRUCT are segmentations, whose values are the numbers of segments and regions. OUT may be a DICOM-SEG file,
with the series that the segmentation belongs to as --reference.`,
		Example: examples(
			"autoseg convert case.mha case.nii.gz",
			"autoseg convert series/ case.nii.gz",
			"autoseg convert contours.dcm liver.nii.gz --reference series/ --segment Liver",
			"autoseg convert liver.nii.gz liver.dcm --reference series/",
			"autoseg convert slice.nii.gz slice.png --labels --drop-geometry"),
		Args: arguments("IN", "OUT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runConvert(cmd.Context(), a, f, args[0], args[1])
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.labels, "labels", false, "IN is a segmentation: store whole numbers")
	flags.BoolVar(&f.image, "image", false, "IN is an image, whatever its values")
	flags.StringVar(&f.reference, "reference", "", "the DICOM `SERIES` that a segmentation belongs to: for DICOM-SEG as OUT, and for RTSTRUCT as IN if it is not in the same folder")
	flags.StringVar(&f.segment, "segment", "", "of a DICOM-SEG or RTSTRUCT file, take only the segment `NAME` or number")
	flags.BoolVar(&f.dropGeometry, "drop-geometry", false, "leave out what the format of OUT cannot hold of spacing, origin and direction")
	return cmd
}

func runConvert(ctx context.Context, a *app, f convertFlags, in, out string) error {
	formats := dataset.Formats()
	if f.labels && f.image {
		return usagef("--labels and --image exclude each other")
	}
	if err := f.convertible(formats, in, out); err != nil {
		return err
	}
	if err := a.makeFolders(filepath.Dir(out)); err != nil {
		return fault.Input(fmt.Errorf("%s: %w", out, err))
	}
	v, err := f.readAny(ctx, a, formats, in)
	if err != nil {
		return fault.Input(err)
	}
	result := converted{Output: out}
	if result.Lost, err = f.writeAny(ctx, formats, v, out); err != nil {
		return refusal(err)
	}
	result.describe(v)
	return printConverted(a, result)
}

// writeAny writes a volume by the ending of the path, and with --drop-geometry again without what the format cannot
// hold, which it words. The formats know no context, so that the files are staged.
func (f convertFlags) writeAny(ctx context.Context, formats volume.Formats, v voxelData, out string) (lost string, err error) {
	err = atomicfile.Stage(ctx, out, func(staged string) error {
		if isDICOM(out) {
			return f.writeSegmentation(ctx, v, staged)
		}
		err := v.write(formats, staged)
		var left *volume.LostGeometry
		if !errors.As(err, &left) || left.Held.Shape != v.geometry().Shape {
			return err
		}
		if !f.dropGeometry {
			return fmt.Errorf("%w; choose another format, or leave it out with --drop-geometry", err)
		}
		lost, *v.geometry() = left.Error(), left.Held
		return v.write(formats, staged)
	})
	if ctx.Err() != nil {
		return "", err // the write may still set lost
	}
	return lost, err
}

// refusal marks an error of writing as bad input, unless the file system made it.
func refusal(err error) error {
	var disk *fs.PathError
	if errors.As(err, &disk) {
		return err
	}
	return fault.Input(err)
}

// convertible refuses names before anything is read.
func (f convertFlags) convertible(formats volume.Formats, in, out string) error {
	for _, path := range []string{in, out} {
		if formats.Ending(path) == "" && (path == out || !dicom.Is(path)) {
			return usagef("%s: unknown file ending; known are %s", path, strings.Join(formats.Endings(), ", "))
		}
	}
	if isDICOM(out) && f.reference == "" {
		return usagef("%s: a DICOM file that is written is a segmentation of a series; name the series with --reference SERIES", out)
	}
	if !isDICOM(out) && formats[formats.Ending(out)].WriteImage == nil {
		return usagef("%s: files of this format are read only", out)
	}
	if sameFile(in, out) || isPair(in) && isPair(out) && sameFile(in[:len(in)-len(".hdr")]+".hdr", out[:len(out)-len(".hdr")]+".hdr") {
		return usagef("IN and OUT are the same file %s; name another one", in)
	}
	return nil
}

// isPair reports whether a path is one of two files that belong together.
func isPair(path string) bool {
	return strings.HasSuffix(path, ".hdr") || strings.HasSuffix(path, ".img")
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// voxelData is an image or a segmentation; the other is nil.
type voxelData struct {
	image  *volume.Image
	labels *volume.Labels
	names  map[uint16]string // of labels, where they are known
}

// maxLabelValues is how many different values a segmentation has at most when nobody says what a file is.
const maxLabelValues = 256

// readAny reads a DICOM file or folder as one volume, and any other file by its ending. When the context is done it
// returns at once: a read that does not know the context is left behind, it changes nothing.
func (f convertFlags) readAny(ctx context.Context, a *app, formats volume.Formats, path string) (voxelData, error) {
	type answer struct {
		v   voxelData
		err error
	}
	read := make(chan answer, 1)
	go func() {
		var r answer
		if dicom.Is(path) {
			r.v, r.err = f.readSeries(ctx, a, path)
		} else {
			r.v, r.err = f.read(formats, path)
		}
		read <- r
	}()
	select {
	case <-ctx.Done():
		return voxelData{}, fmt.Errorf("read %s: %w", path, ctx.Err())
	case r := <-read:
		return r.v, r.err
	}
}

// read reads a file as what the flags say, or else as what it looks like.
func (f convertFlags) read(formats volume.Formats, path string) (v voxelData, err error) {
	if f.labels {
		v.labels, err = formats.ReadLabels(path)
		return v, err
	}
	if v.image, err = formats.Read(path); err != nil || f.image || !looksLikeLabels(v.image) {
		return v, err
	}
	// Read again, since a palette means indices to a segmentation.
	if labels, err := formats.ReadLabels(path); err == nil {
		return voxelData{labels: labels}, nil
	}
	return v, nil
}

// looksLikeLabels reports whether an image has one channel of few whole numbers.
func looksLikeLabels(im *volume.Image) bool {
	seen := map[uint16]bool{}
	for _, v := range im.Data {
		u := uint16(v)
		if float32(u) != v {
			return false
		}
		if !seen[u] {
			if seen[u] = true; len(seen) > maxLabelValues {
				return false
			}
		}
	}
	return im.Channels == 1
}

func (v voxelData) geometry() *volume.Geometry {
	if v.labels != nil {
		return &v.labels.Geometry
	}
	return &v.image.Geometry
}

func (v voxelData) write(formats volume.Formats, path string) error {
	if v.labels != nil {
		return formats.WriteLabels(path, v.labels)
	}
	return formats.Write(path, v.image)
}

func (c *converted) describe(v voxelData) {
	c.Shape, c.Spacing, c.Kind, c.Channels = v.geometry().Shape, v.geometry().Spacing, "labels", 1
	if v.image != nil {
		c.Kind, c.Channels = "image", v.image.Channels
	}
}

func printConverted(a *app, c converted) error {
	if a.flags.json {
		return a.printJSON(c)
	}
	if c.Lost != "" {
		a.log.Warn("geometry was left out", "because", c.Lost)
	}
	channels := ""
	if c.Channels > 1 {
		channels = fmt.Sprintf(", %d channels", c.Channels)
	}
	kind := map[string]string{"labels": "a segmentation", "image": "an image"}[c.Kind]
	_, err := fmt.Fprintf(a.stdout, "%s: %s of %v voxels (z, y, x), spacing %v mm%s\n", c.Output, kind, c.Shape, c.Spacing, channels)
	return err
}
