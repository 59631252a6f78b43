package challenge

import (
	"fmt"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

// Image is a test image.
type Image struct {
	// ID is the name of the case.
	ID string
	// Geometry is where the prediction must lie.
	Geometry volume.Geometry
}

// Config says what is packed.
type Config struct {
	Target Target
	// Predictions is the folder of the segmentations, CASE with any ending of Formats.
	Predictions string
	Formats     volume.Formats
	// Dataset is the name of the dataset, Dataset004_Hippocampus for example.
	Dataset string
	// Images are the test images; each must have a prediction.
	Images []Image
	// Labelling says what the labels of the predictions mean.
	Labelling *dataset.Labelling
	// Values, if not empty, are the challenge's values by label value, instead of those found by name.
	Values map[int]int
	// Names, if not nil, are names in the archive, without the ending, by case.
	Names map[string]string
	// Description, if not empty, is a file that goes into the archive as it is.
	Description string
	// Program and Model say where the predictions come from.
	Program, Model string
	// Progress, if not nil, is called after every case.
	Progress func(done, total int)
}

// Manifest is the content of ManifestName.
type Manifest struct {
	Target  string         `json:"target"`
	Program string         `json:"program"`
	Dataset string         `json:"dataset"`
	Model   string         `json:"model"`
	Values  map[int]uint16 `json:"values"`
	Cases   []Packed       `json:"cases"`
}

// Packed is a case in the archive.
type Packed struct {
	Case string `json:"case"`
	// Prediction is the SHA-256 of the file that was packed, Files those in the archive by name.
	Prediction string            `json:"prediction_sha256"`
	Files      map[string]string `json:"files_sha256"`
	// Voxels counts the voxels of every value of the challenge.
	Voxels map[uint16]int `json:"voxels"`
}

// Notes returns what a person should know before handing the archive in.
func (c *Config) Notes() []string {
	var notes []string
	if n := c.Target.Cases; n > 0 && n != len(c.Images) {
		notes = append(notes, fmt.Sprintf("%s has %d test images, this archive %d", c.Target.Title, n, len(c.Images)))
	}
	if c.Target.Name == "msd" {
		if name, _ := decathlonName("", c.Dataset); name == "" {
			notes = append(notes, fmt.Sprintf("%q is none of the ten tasks, so the files lie outside of a task's folder", c.Dataset))
		}
	}
	if c.Target.Name == "sliver07" && c.Description == "" {
		notes = append(notes, "SLIVER07 wants a description of the method in the archive; add it with --description FILE.pdf")
	}
	return notes
}
