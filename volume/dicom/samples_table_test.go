package dicom_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/dicom"
)

var update = flag.Bool("update", false, "rewrite docs/reference/samples.md")

const samplesPage = "../../docs/reference/samples.md"

// sampleFolders are the folders of which every file is read or refused.
var sampleFolders = []string{"dicom-transfer-syntaxes", "dicom-wg04-ct-mr", "dicom-ct-series", "dicom-seg", "dicom-rtstruct",
	"nifti-variants", "nrrd", "metaimage"}

// refusals are the files that are no images, or not whole, and a part of the reason that is right.
var refusals = map[string]string{
	"dicom-transfer-syntaxes/MR_truncated.dcm":               "claims 8192 bytes, 8130 are left",
	"dicom-transfer-syntaxes/UN_sequence.dcm":                "no rows and columns",
	"dicom-transfer-syntaxes/badVR.dcm":                      "dose distribution",
	"dicom-transfer-syntaxes/empty_charset_LEI.dcm":          "no rows and columns",
	"dicom-transfer-syntaxes/examples_palette.dcm":           "PALETTE COLOR",
	"dicom-transfer-syntaxes/liver_1frame.dcm":               "NumberOfFrames is 1, and PerFrameFunctionalGroupsSequence describes 3 frames",
	"dicom-transfer-syntaxes/liver_expb_1frame.dcm":          "NumberOfFrames is 1, and PerFrameFunctionalGroupsSequence describes 3 frames",
	"dicom-transfer-syntaxes/nested_priv_SQ.dcm":             "no rows and columns",
	"dicom-transfer-syntaxes/priv_SQ.dcm":                    "no rows and columns",
	"dicom-transfer-syntaxes/rtdose.dcm":                     "dose distribution",
	"dicom-transfer-syntaxes/rtplan.dcm":                     "no rows and columns",
	"dicom-transfer-syntaxes/rtstruct.dcm":                   "0 volumes of",
	"dicom-transfer-syntaxes/test-SR.dcm":                    "no rows and columns",
	"dicom-transfer-syntaxes/README-pydicom-test-files.txt":  "unknown file ending",
	"dicom-seg/partial_overlaps.dcm":                         "overlap: a label map cannot hold both",
	"dicom-rtstruct/empty/dummy_rt.dcm":                      "0 volumes of",
	"dicom-rtstruct/mock_data/invalid_reference_rt.dcm":      "outside the series of 2 slices",
	"dicom-rtstruct/mock_data/non_existent_reference_rt.dcm": "outside the series of 2 slices",
	"nifti-variants/analyze.hdr":                             "the header has no voxels of its own",
	"nifti-variants/nifti1.hdr":                              "the header has no voxels of its own",
	"nifti-variants/nifti2.hdr":                              "the header has no voxels of its own",
	"nrrd/BallBinary30x30x30_byteskip_minus_five.nhdr":       "byte skip: -5: want a whole number of -1 or more",
	"nrrd/test1d_ascii.nrrd":                                 "an image has two or three",
	"nrrd/test_customFields.nrrd":                            "an image has two or three",
}

// twin is a file with the same picture. The tolerance of near-lossless JPEG-LS is its parameter NEAR, 4, times the
// rescale slope, 9.57 of the MR slice. JPEG and JPEG 2000 promise no bound: there it is what their decoders, which
// agree with those of other programs to the last bit, are off.
type twin struct {
	name      string
	tolerance float64
}

// twins are files that hold the picture of another one.
var twins = map[string]twin{
	"dicom-wg04-ct-mr/CT2_J2KR":                             {"dicom-wg04-ct-mr/CT2_UNC", 0},
	"dicom-wg04-ct-mr/CT2_JLSL":                             {"dicom-wg04-ct-mr/CT2_UNC", 0},
	"dicom-wg04-ct-mr/CT2_JPLL":                             {"dicom-wg04-ct-mr/CT2_UNC", 0},
	"dicom-wg04-ct-mr/CT2_RLE":                              {"dicom-wg04-ct-mr/CT2_UNC", 0},
	"dicom-wg04-ct-mr/CT2_JLSN":                             {"dicom-wg04-ct-mr/CT2_UNC", 4},
	"dicom-wg04-ct-mr/CT2_J2KI":                             {"dicom-wg04-ct-mr/CT2_UNC", 402},
	"dicom-wg04-ct-mr/MR4_J2KR":                             {"dicom-wg04-ct-mr/MR4_UNC", 0},
	"dicom-wg04-ct-mr/MR4_JLSL":                             {"dicom-wg04-ct-mr/MR4_UNC", 0},
	"dicom-wg04-ct-mr/MR4_JPLL":                             {"dicom-wg04-ct-mr/MR4_UNC", 0},
	"dicom-wg04-ct-mr/MR4_RLE":                              {"dicom-wg04-ct-mr/MR4_UNC", 0},
	"dicom-wg04-ct-mr/MR4_JLSN":                             {"dicom-wg04-ct-mr/MR4_UNC", 38.28125},
	"dicom-wg04-ct-mr/MR4_J2KI":                             {"dicom-wg04-ct-mr/MR4_UNC", 278},
	"dicom-wg04-ct-mr/MR4_JPLY":                             {"dicom-wg04-ct-mr/MR4_UNC", 383},
	"dicom-transfer-syntaxes/MR_small_implicit.dcm":         {"dicom-transfer-syntaxes/MR_small.dcm", 0},
	"dicom-transfer-syntaxes/MR_small_bigendian.dcm":        {"dicom-transfer-syntaxes/MR_small.dcm", 0},
	"dicom-transfer-syntaxes/MR_small_expb.dcm":             {"dicom-transfer-syntaxes/MR_small.dcm", 0},
	"dicom-transfer-syntaxes/MR_small_RLE.dcm":              {"dicom-transfer-syntaxes/MR_small.dcm", 0},
	"dicom-transfer-syntaxes/MR_small_jp2klossless.dcm":     {"dicom-transfer-syntaxes/MR_small.dcm", 0},
	"dicom-transfer-syntaxes/MR_small_jpeg_ls_lossless.dcm": {"dicom-transfer-syntaxes/MR_small.dcm", 0},
	"dicom-transfer-syntaxes/MR_small_padded.dcm":           {"dicom-transfer-syntaxes/MR_small.dcm", 0},
	"dicom-transfer-syntaxes/emri_small_RLE.dcm":            {"dicom-transfer-syntaxes/emri_small.dcm", 0},
	"dicom-transfer-syntaxes/emri_small_big_endian.dcm":     {"dicom-transfer-syntaxes/emri_small.dcm", 0},
	"dicom-transfer-syntaxes/liver_deflate.dcm":             {"dicom-transfer-syntaxes/liver.dcm", 0},
	"dicom-transfer-syntaxes/liver.dcm":                     {"dicom-seg/liver_seg.nrrd", 0},
	"dicom-transfer-syntaxes/no_meta.dcm":                   {"dicom-transfer-syntaxes/CT_small.dcm", 0},
	"dicom-transfer-syntaxes/SC_rgb_jpeg_dcmtk.dcm":         {"dicom-transfer-syntaxes/SC_rgb_rle.dcm", 6},
	"dicom-transfer-syntaxes/JPGExtended.dcm":               {"dicom-transfer-syntaxes/JPEG-LL.dcm", 36},
	"dicom-seg/liver.dcm":                                   {"dicom-seg/liver_seg.nrrd", 0},
	"dicom-seg/sparse-labelmap-noppv.dcm":                   {"dicom-seg/sparse_labelmap_noppv_seg.nrrd", 0},
	"nrrd/BallBinary30x30x30.nrrd":                          {"nrrd/BallBinary30x30x30.nii.gz", 0},
	"nrrd/BallBinary30x30x30.nhdr":                          {"nrrd/BallBinary30x30x30.nrrd", 0},
	"nrrd/BallBinary30x30x30_byteskip_minus_one.nhdr":       {"nrrd/BallBinary30x30x30.nrrd", 0},
	"nrrd/BallBinary30x30x30_byteskip_minus_one_nifti.nhdr": {"nrrd/BallBinary30x30x30.nrrd", 0},
	"nrrd/BallBinary30x30x30_bz2.nrrd":                      {"nrrd/BallBinary30x30x30.nrrd", 0},
	"nrrd/BallBinary30x30x30_gz.nrrd":                       {"nrrd/BallBinary30x30x30.nrrd", 0},
	"nrrd/BallBinary30x30x30_gz_byteskip_minus_one.nrrd":    {"nrrd/BallBinary30x30x30.nrrd", 0},
	"nrrd/BallBinary30x30x30_gz_lineskip.nrrd":              {"nrrd/BallBinary30x30x30.nrrd", 0},
}

// elsewhere says which tests hold the files that have neither, or what follows from their headers.
var elsewhere = map[string]string{
	"dicom-rtstruct/mock_data/rt.dcm":          "TestStructures: the voxels that numpy fills",
	"dicom-seg/heart_seg.nrrd":                 "input of the DICOM-SEG objects",
	"dicom-seg/liver_seg.nrrd":                 "input of the DICOM-SEG objects",
	"dicom-seg/spine_seg.nrrd":                 "input of the DICOM-SEG objects",
	"dicom-seg/partial_overlaps-1.nrrd":        "TestOverlappingSegments: as many voxels",
	"dicom-seg/partial_overlaps-2.nrrd":        "TestOverlappingSegments: as many voxels",
	"dicom-seg/partial_overlaps-3.nrrd":        "TestOverlappingSegments: as many voxels",
	"dicom-seg/sparse_labelmap_noppv_seg.nrrd": "input of the DICOM-SEG objects",
	"nrrd/BallBinary30x30x30.nii.gz":           "volume/nifti",
	"nrrd/BallBinary30x30x30_nifti.nhdr":       "the header of another file as voxels, as the header asks",
	"nrrd/test2d_ascii.nrrd":                   "volume/nrrd",
	"nrrd/test_simple4d_raw.nrrd":              "volume/nrrd",
}

// seen is what another program read: samples.json, see testdata/README.md.
type seen struct {
	Voxels        int
	Sum, Weighted float64
}

// TestSamples reads every sample file and holds it against its twin and against what other programs read. The
// table of results is docs/reference/samples.md.
func TestSamples(t *testing.T) {
	root := golden.Shared(t, "samples")
	s := sampleTable{t: t, root: root}
	data, err := os.ReadFile("testdata/samples.json")
	if err == nil {
		err = json.Unmarshal(data, &s.others)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.page.WriteString(samplesHead)
	for _, folder := range sampleFolders {
		fmt.Fprintf(&s.page, "\n## %s\n\n| file | read as | compared with |\n|---|---|---|\n", folder)
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && d.Name() != "SOURCE.md" && filepath.Ext(path) != ".raw" {
				s.row(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if *update {
		if err := os.WriteFile(samplesPage, []byte(s.page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if was, err := os.ReadFile(samplesPage); err != nil || string(was) != s.page.String() {
		t.Errorf("docs/reference/samples.md is not what was read; look at the difference and run this test with -update: %v", err)
	}
}

const samplesHead = `# The sample files

What each of the public files of other projects' test suites, the samples, is read as. Written by
` + "`go test ./volume/dicom -run TestSamples -update`" + `, which fails where a file differs from its twin by more than
stated, or from what pydicom, dcmtk, nibabel and numpy read of it, or is refused for another reason.
`

type sampleTable struct {
	t      *testing.T
	root   string
	others map[string]seen
	page   strings.Builder
}

// row reads a file and adds its line to the table.
func (s *sampleTable) row(path string) {
	name, err := filepath.Rel(s.root, path)
	if err != nil {
		s.t.Fatal(err)
	}
	name = filepath.ToSlash(name)
	s.t.Run(name, func(t *testing.T) {
		_, inFolder, _ := strings.Cut(name, "/")
		what, compared := "", ""
		image, err := readSample(path)
		if want, refused := refusals[name]; refused {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Fatalf("error %v, want %q", err, want)
			}
			what = "refused: " + want
		} else if err != nil {
			t.Fatal(err)
		} else {
			what, compared = describeSample(image), s.compare(t, name, image)
		}
		fmt.Fprintf(&s.page, "| %s | %s | %s |\n", inFolder, strings.ReplaceAll(what, "|", " "), compared)
	})
}

// compare holds an image against its twin and against other programs, and says so.
func (s *sampleTable) compare(t *testing.T, name string, image *volume.Image) string {
	var with []string
	if other, ok := s.others[name]; ok {
		other.check(t, image)
		with = append(with, "another program: equal")
	}
	if tw, ok := twins[name]; ok {
		want, err := readSample(filepath.Join(s.root, filepath.FromSlash(tw.name)))
		if err != nil {
			t.Fatal(err)
		}
		with = append(with, tw.check(t, image, want))
	}
	if elsewhere, ok := elsewhere[name]; ok {
		with = append(with, elsewhere)
	}
	if len(with) == 0 {
		t.Error("nothing says what this file holds")
	}
	return strings.Join(with, "; ")
}

// check allows for sums of float32 that were rounded in another order.
func (o seen) check(t *testing.T, image *volume.Image) {
	t.Helper()
	var sum, weighted, size float64
	for i, v := range image.Data {
		if f := float64(v); f == f {
			sum, weighted, size = sum+f, weighted+f*float64(i%1009), size+math.Abs(f)
		}
	}
	if len(image.Data) != o.Voxels || math.Abs(sum-o.Sum) > 1e-6*size || math.Abs(weighted-o.Weighted) > 1e-6*1009*size {
		t.Errorf("%d voxels, sums %g and %g; another program reads %d, %g and %g", len(image.Data), sum, weighted, o.Voxels, o.Sum, o.Weighted)
	}
}

func (w twin) check(t *testing.T, got, want *volume.Image) string {
	t.Helper()
	if got.Shape != want.Shape || got.Channels != want.Channels {
		t.Fatalf("shape %v x %d, want %v x %d", got.Channels, got.Shape, want.Channels, want.Shape)
	}
	worst := 0.0
	for i := range got.Data {
		worst = max(worst, math.Abs(float64(got.Data[i])-float64(want.Data[i])))
	}
	if worst > w.tolerance {
		t.Errorf("differs from %s by %g, want at most %g", w.name, worst, w.tolerance)
	}
	if worst == 0 {
		return w.name + ": equal"
	}
	return fmt.Sprintf("%s: differs by %.4g at most, %g allowed", w.name, worst, w.tolerance)
}

// readSample reads any file as the command line would.
func readSample(path string) (*volume.Image, error) {
	var masks *dicom.Segmentation
	var err error
	switch {
	case !dicom.Is(path) && filepath.Ext(path) != ".dcm":
		return dataset.Formats().Read(path)
	case dicom.IsSegmentation(path):
		masks, err = dicom.ReadSegmentation(path)
	case dicom.IsStructures(path):
		masks, err = fill(path)
	default:
		return dicom.ReadImage(path)
	}
	if err != nil {
		return nil, err
	}
	labels, err := masks.Labels()
	if err != nil {
		return nil, err
	}
	image := volume.NewImage(labels.Geometry, 1)
	for i, v := range labels.Data {
		image.Data[i] = float32(v)
	}
	return image, nil
}

// fill reads contours drawn on a series in the same folder.
func fill(path string) (*dicom.Segmentation, error) {
	structures, err := dicom.ReadStructures(path)
	if err != nil {
		return nil, err
	}
	series, err := structures.Reference(context.Background(), filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	return structures.Masks(series)
}

func describeSample(image *volume.Image) string {
	channels := ""
	if image.Channels > 1 {
		channels = fmt.Sprintf("%d channels of ", image.Channels)
	}
	return fmt.Sprintf("%s%d x %d x %d voxels of %.4g x %.4g x %.4g mm", channels, image.Shape[0], image.Shape[1], image.Shape[2],
		image.Spacing[0], image.Spacing[1], image.Spacing[2])
}
