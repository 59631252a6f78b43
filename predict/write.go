package predict

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/npy"
)

// write writes a result; the segmentation last, since its presence says that the case is finished.
func (b *Batch) write(id string, r *Result) error {
	for _, step := range []func(string, *Result) error{b.writeProbabilities, b.writeQuality, b.writeLabels} {
		if err := step(id, r); err != nil {
			return fmt.Errorf("case %s: %w", id, err)
		}
	}
	if b.Done != nil {
		b.Done(id, r)
	}
	return nil
}

// writeProbabilities writes the probabilities of a result that has logits. Of any other it removes what an earlier
// prediction left, which ensemble would take for those of the new segmentation.
func (b *Batch) writeProbabilities(id string, r *Result) error {
	if r.Logits.Data == nil {
		if err := os.Remove(b.probabilities(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the probabilities of an earlier prediction: %w", err)
		}
		return nil
	}
	image, err := r.Probabilities()
	if err != nil {
		return err
	}
	r.Logits.Data = nil // their memory may go
	shape := []int{image.Channels, image.Shape[0], image.Shape[1], image.Shape[2]}
	return npy.WriteCompressed(b.probabilities(id), "probabilities", shape, image.Data)
}

func (b *Batch) writeQuality(id string, r *Result) error {
	if r.Quality == nil {
		return nil
	}
	return r.Quality.Write(filepath.Join(b.Output, id+QualityEnding))
}

// QualityEnding is what the name of a case's quality file has behind the case.
const QualityEnding = ".quality.json"

// Write writes the quality as JSON; the file appears whole.
func (q *Quality) Write(path string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(q)
	})
}

func (b *Batch) writeLabels(id string, r *Result) error {
	return dataset.Formats().WriteLabels(b.path(id), r.Labels)
}
