package preprocess

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/plans"
)

// version is raised whenever preprocessing gives other results for the same inputs.
const version = 1

// settings are the parts of a plan and a dataset that results depend on.
type settings struct {
	Version                     int
	Forward                     [3]int
	Spacing                     []float64
	Normalisation               []plans.Normalisation
	Intensities                 []plans.Intensity
	Data, Labels, Probabilities plans.Resampling
	Classes                     [][]int
}

// hash identifies a case's inputs: the bytes of its files and the settings that matter. File names do
// not, so that a moved dataset is not done again.
func (p *Pipeline) hash(c dataset.Case) (string, error) {
	text, err := json.Marshal(settings{
		Version: version, Forward: p.forward, Spacing: p.configuration.Spacing,
		Normalisation: p.configuration.Normalisation, Intensities: p.usedIntensities(),
		Data: p.methods.data.plan, Labels: p.methods.labels.plan, Probabilities: p.methods.probabilities.plan,
		Classes: classes(p.labelling),
	})
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%d\n%s", len(text), text)
	formats := dataset.Formats()
	for _, path := range append(append([]string(nil), c.Images...), c.Labels) {
		files, err := formats.Files(path)
		if err != nil {
			return "", err
		}
		for _, file := range files {
			if err := hashFile(h, file); err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// usedIntensities returns the statistics of the channels that are normalised by them; others may
// change without effect.
func (p *Pipeline) usedIntensities() []plans.Intensity {
	used := make([]plans.Intensity, len(p.configuration.Normalisation))
	for i, n := range p.configuration.Normalisation {
		if n.Scheme == plans.CT {
			used[i] = p.intensities[i]
		}
	}
	return used
}

// hashFile adds a file's size and bytes.
func hashFile(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d\n", info.Size())
	if _, err := io.Copy(w, f); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
