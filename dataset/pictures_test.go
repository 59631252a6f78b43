package dataset

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/volume"
)

// drawPicture draws a disc of radius 6 on a 24 x 32 background: in the image brighter than its surroundings
// in every channel, in the labels 1 around and 2 in the centre.
func drawPicture(i, channels int) (*volume.Image, *volume.Labels) {
	g := volume.NewFlatGeometry(24, 32)
	im, labels := volume.NewImage(g, channels), volume.NewLabels(g)
	for y := range 24 {
		for x := range 32 {
			at := y*32 + x
			dx, dy := x-12-i, y-10
			if d := dx*dx + dy*dy; d <= 9 {
				labels.Data[at] = 2
			} else if d <= 36 {
				labels.Data[at] = 1
			}
			for c := range channels {
				im.Data[c*24*32+at] = float32(30+(5*x+3*y+i+7*c)%20) + 60*float32(labels.Data[at])
			}
		}
	}
	return im, labels
}

// pictures writes a 2D dataset of four cases in a format.
func pictures(t *testing.T, ending string, channels int) folder {
	f := folder{t, filepath.Join(t.TempDir(), "Dataset001_Discs")}
	names := map[int]string{1: `{"0": "grey"}`, 3: `{"0": "R", "1": "G", "2": "B"}`}[channels]
	f.json(fmt.Sprintf(`{"channel_names": %s, "labels": {"background": 0, "ring": 1, "centre": 2}, "numTraining": 4, "file_ending": %q}`, names, ending))
	formats := Formats()
	for i := range 4 {
		im, labels := drawPicture(i, channels)
		id := fmt.Sprintf("disc_%d", i)
		if err := formats.Write(f.path("imagesTr/"+id+"_0000"+ending), im); err != nil {
			t.Fatal(err)
		}
		if err := formats.WriteLabels(f.path("labelsTr/"+id+ending), labels); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func TestPicturesAreLoadedInEveryFormat(t *testing.T) {
	for _, ending := range []string{".png", ".bmp", ".tif", ".tiff", ".nrrd", ".mha", ".npy", ".nii.gz", ".nii", ".mhd", ".nhdr", ".hdr"} {
		for _, channels := range []int{1, 3} {
			name := fmt.Sprintf("%s, %d channels", ending, channels)
			d, err := Open(pictures(t, ending, channels).dir)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if err := d.Check(); err != nil || len(d.Cases) != 4 {
				t.Errorf("%s: %v, %d cases", name, err, len(d.Cases))
				continue
			}
			report, err := Verify(context.Background(), d, VerifyOptions{})
			if err != nil || report.Count(Severe) > 0 {
				t.Errorf("%s: %v, %v", name, err, report.Findings)
			}
			im, labels, err := d.Load(d.Cases[2])
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			want, wantLabels := drawPicture(2, channels)
			if im.Shape != want.Shape || im.Channels != channels || im.Spacing != want.Spacing || !slices.Equal(im.Data, want.Data) || !slices.Equal(labels.Data, wantLabels.Data) {
				t.Errorf("%s: %+v", name, im.Geometry)
			}
			if g, n, err := d.Geometry(d.Cases[2]); err != nil || n != channels || !g.Equal(want.Geometry, 1e-6) {
				t.Errorf("%s: header %+v, %d channels, %v", name, g, n, err)
			}
		}
	}
}

func TestPicturesWithoutDescription(t *testing.T) {
	for _, ending := range []string{".png", ".hdr"} {
		f := pictures(t, ending, 1)
		f.remove("dataset.json")
		d, err := Open(f.dir)
		if err != nil || d.FileEnding != ending || len(d.Cases) != 4 || len(d.Channels) != 1 || !d.Proposed || len(d.Labelling.Foreground()) != 2 {
			t.Errorf("%s: %v, %+v", ending, err, d)
		}
	}
}

func TestFixKeepsPictures(t *testing.T) {
	for _, c := range []struct {
		ending   string
		channels int
	}{{".png", 1}, {".png", 3}, {".mhd", 1}, {".nhdr", 1}, {".hdr", 1}, {".tif", 1}} {
		d, err := Open(pictures(t, c.ending, c.channels).dir)
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "fixed")
		if _, err := Fix(context.Background(), d, out, VerifyOptions{}); err != nil {
			t.Fatal(err)
		}
		fixed, err := Open(out)
		if err != nil {
			t.Fatal(err)
		}
		im, labels, err := fixed.Load(fixed.Cases[0])
		want, wantLabels := drawPicture(0, c.channels)
		if err != nil || im.Channels != c.channels || !slices.Equal(im.Data, want.Data) || !slices.Equal(labels.Data, wantLabels.Data) {
			t.Errorf("%s, %d channels: %v, %+v", c.ending, c.channels, err, im)
		}
	}
}
