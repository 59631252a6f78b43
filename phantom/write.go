package phantom

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/random"
	"github.com/autoseg/autoseg/volume/nifti"
)

// The names of the two sets, which also separate their random streams.
const (
	trainingSet = "training"
	testSet     = "test"
)

// ending is the file ending of images and labels.
const ending = ".nii.gz"

// Write writes the dataset into dir: imagesTr, labelsTr, imagesTs, labelsTs, and dataset.json last, so
// that a folder with a dataset.json is complete. Equal options give equal bytes; a folder that holds a
// dataset.json already is left alone and reported with an error that wraps fs.ErrExist.
func Write(dir string, o Options) error {
	if err := o.Validate(); err != nil {
		return fault.Input(fmt.Errorf("phantom dataset: %w", err))
	}
	description := filepath.Join(dir, "dataset.json")
	if _, err := os.Stat(description); err == nil {
		return fault.Input(fmt.Errorf("phantom dataset %s: %w; choose another folder", description, fs.ErrExist))
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("phantom dataset: %w", err)
	}
	if err := writeSet(dir, "Tr", trainingSet, o.Seed, o.Cases); err != nil {
		return err
	}
	if err := writeSet(dir, "Ts", testSet, o.Seed, o.TestCases); err != nil {
		return err
	}
	return writeDescription(description, o.Cases)
}

// caseStream returns the random numbers of one case, whatever other cases are drawn.
func caseStream(seed uint64, set string, i int) *rand.Rand {
	return random.Derive(seed, "phantom "+set, i)
}

// writeSet writes the cases of one set into images<suffix> and labels<suffix>.
func writeSet(dir, suffix, set string, seed uint64, cases int) error {
	images, labels := filepath.Join(dir, "images"+suffix), filepath.Join(dir, "labels"+suffix)
	for _, folder := range []string{images, labels} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("phantom dataset: %w", err)
		}
	}
	for i := range cases {
		id := fmt.Sprintf("%s_%03d", set, i)
		image, segmentation := drawCase(caseStream(seed, set, i))
		if err := nifti.WriteImage(filepath.Join(images, id+"_0000"+ending), image); err != nil {
			return fmt.Errorf("phantom case %s: %w", id, err)
		}
		if err := nifti.WriteLabels(filepath.Join(labels, id+ending), segmentation); err != nil {
			return fmt.Errorf("phantom case %s: %w", id, err)
		}
	}
	return nil
}

func writeDescription(path string, cases int) error {
	labelling, err := dataset.NewLabelling([]dataset.Region{
		{Name: "background", Labels: []int{Background}},
		{Name: "solid", Labels: []int{Solid}},
		{Name: "hollow", Labels: []int{Hollow}},
	}, nil)
	if err != nil {
		return fmt.Errorf("phantom dataset: %w", err)
	}
	return dataset.WriteJSON(path, &dataset.Description{
		Channels: []string{"MR"}, Labelling: labelling, FileEnding: ending, NumTraining: cases,
	})
}
