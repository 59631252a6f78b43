package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/volume"
)

// imagesFile lies in the predictions folder. With it, predictions can be checked and packed where the
// dataset is not.
const imagesFile = "images.json"

// TestImages says which images were predicted and where they lie.
type TestImages struct {
	Dataset string      `json:"dataset"`
	Images  []TestImage `json:"images"`
}

// TestImage is the grid of one test image; see volume.Geometry.
type TestImage struct {
	Case      string     `json:"case"`
	Shape     [3]int     `json:"shape"`
	Spacing   [3]float64 `json:"spacing"`
	Origin    [3]float64 `json:"origin"`
	Direction [9]float64 `json:"direction"`
}

// Geometry returns where the image lies.
func (t TestImage) Geometry() volume.Geometry {
	return volume.Geometry{Shape: t.Shape, Spacing: t.Spacing, Origin: t.Origin, Direction: t.Direction}
}

// ReadTestImages reads which images a run predicted; nil without an error where it did not record that.
func ReadTestImages(dir string) (*TestImages, error) {
	path := filepath.Join(dir, predictionsDir, imagesFile)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t := &TestImages{}
	if err := json.Unmarshal(content, t); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// recordImages writes the grids of the predicted test images beside their predictions.
func (r *run) recordImages() error {
	t := TestImages{Dataset: r.data.Name, Images: []TestImage{}}
	for _, c := range r.predicted() {
		g, _, err := r.data.Geometry(c)
		if err != nil {
			return err
		}
		t.Images = append(t.Images, TestImage{c.ID, g.Shape, g.Spacing, g.Origin, g.Direction})
	}
	content, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(r.path(predictionsDir, imagesFile), append(content, '\n'))
}
