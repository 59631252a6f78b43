package phantom

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/volume/nifti"
)

func writeSmall(t *testing.T, seed uint64) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Dataset999_Phantom")
	if err := Write(dir, Options{Seed: seed, Cases: 5, TestCases: 1}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWriteMakesADataset(t *testing.T) {
	dir := writeSmall(t, 7)
	description, err := dataset.ReadJSON(filepath.Join(dir, "dataset.json"))
	if err != nil {
		t.Fatal(err)
	}
	if description.NumTraining != 5 || len(description.Channels) != 1 || description.Labelling.Entries() != 3 {
		t.Errorf("description: got %+v", description)
	}
	spacings := map[[3]float64]bool{}
	for _, set := range []struct {
		suffix, prefix string
		cases          int
	}{{"Tr", trainingSet, 5}, {"Ts", testSet, 1}} {
		files, err := filepath.Glob(filepath.Join(dir, "images"+set.suffix, set.prefix+"_*_0000.nii.gz"))
		if err != nil || len(files) != set.cases {
			t.Fatalf("images%s: %d files (%v), want %d", set.suffix, len(files), err, set.cases)
		}
		for _, file := range files {
			image, err := nifti.ReadImage(file)
			if err != nil {
				t.Fatal(err)
			}
			id := filepath.Base(file)[:len(set.prefix)+len("_000")]
			labels, err := nifti.ReadLabels(filepath.Join(dir, "labels"+set.suffix, id+".nii.gz"))
			if err != nil {
				t.Fatal(err)
			}
			if !image.SameGrid(labels.Geometry) {
				t.Errorf("%s: image %v and labels %v differ", id, image.Geometry, labels.Geometry)
			}
			if ratio := image.Spacing[0] / image.Spacing[1]; ratio < 1.8 {
				t.Errorf("%s: spacing %v is nearly isotropic", id, image.Spacing)
			}
			spacings[image.Spacing] = true
		}
	}
	if len(spacings) != 6 {
		t.Errorf("%d different spacings in 6 cases", len(spacings))
	}
}

func TestEveryCaseHoldsBothOrgans(t *testing.T) {
	training, test := demoSamples()
	for i, c := range append(training[:len(training):len(training)], test...) {
		var count [3]int
		for _, l := range c.labels.Data {
			count[l]++
		}
		if count[Solid] < 100 || count[Hollow] < 100 {
			t.Errorf("case %d: %d solid and %d hollow voxels, want at least 100 of each", i, count[Solid], count[Hollow])
		}
	}
}

func TestWriteIsReproducible(t *testing.T) {
	a, b, other := writeSmall(t, 7), writeSmall(t, 7), writeSmall(t, 8)
	file := filepath.Join("imagesTr", "training_003_0000.nii.gz")
	content := func(dir string) []byte {
		bytes, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	if !bytes.Equal(content(a), content(b)) {
		t.Errorf("%s differs between two runs with one seed", file)
	}
	if bytes.Equal(content(a), content(other)) {
		t.Errorf("%s is the same with another seed", file)
	}
}

func TestWriteRefuses(t *testing.T) {
	dir := writeSmall(t, 7)
	if err := Write(dir, DefaultOptions()); !errors.Is(err, fs.ErrExist) || !fault.IsInput(err) {
		t.Errorf("an existing dataset: got %v, want an input error that says it exists", err)
	}
	for name, o := range map[string]Options{
		"too few cases": {Cases: 4}, "negative test cases": {Cases: 5, TestCases: -1},
	} {
		if err := Write(t.TempDir(), o); !fault.IsInput(err) {
			t.Errorf("%s: got %v, want an input error", name, err)
		}
	}
}

func BenchmarkDrawCase(b *testing.B) {
	voxels := 0
	for i := range b.N {
		image, _ := drawCase(caseStream(1, "benchmark", i))
		voxels += image.Voxels()
	}
	b.ReportMetric(float64(voxels)/b.Elapsed().Seconds(), "voxels/s")
}
