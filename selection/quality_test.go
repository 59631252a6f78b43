package selection

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/predict"
)

// TestQualityOfAnEnsemble expects the mean agreement of the members' folds, and how much the members'
// segmentations agree: here in one of two voxels each.
func TestQualityOfAnEnsemble(t *testing.T) {
	root := t.TempDir()
	a, b, out := filepath.Join(root, "a"), filepath.Join(root, "b"), filepath.Join(root, "out")
	predicted(t, a, "x", []uint16{1, 1, 0, 0}, []float32{0.1, 0.1, 0.9, 0.9}, []float32{0.9, 0.9, 0.1, 0.1})
	predicted(t, b, "x", []uint16{0, 1, 1, 0}, []float32{0.9, 0.2, 0.3, 0.9}, []float32{0.1, 0.8, 0.7, 0.1})
	for dir, dice := range map[string]float64{a: 0.9, b: 0.7} {
		q := predict.Quality{Flags: []string{"of the member"}, Agreement: map[string]float64{"label 1": dice}}
		q.Distance.Spacing.Ratio = [3]float64{10, 1, 1}
		if err := q.Write(filepath.Join(dir, "x"+predict.QualityEnding)); err != nil {
			t.Fatal(err)
		}
	}
	e := Ensemble{Inputs: []string{a, b}, Output: out, Formats: dataset.Formats()}
	counted, err := countedLabelling(2)
	if err != nil {
		t.Fatal(err)
	}
	e.Labelling = &counted
	if _, err := e.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(out, "x"+predict.QualityEnding))
	if err != nil {
		t.Fatal(err)
	}
	var q predict.Quality
	if err := json.Unmarshal(content, &q); err != nil {
		t.Fatal(err)
	}
	if q.MeanAgreement == nil || *q.MeanAgreement != 0.8 || q.MeanMembers == nil || *q.MeanMembers != 0.5 || q.Members["label 1"] != 0.5 {
		t.Errorf("got %s, want 0.8 for the folds and 0.5 for the members", content)
	}
	has := func(words string) bool {
		return slices.ContainsFunc(q.Flags, func(f string) bool { return strings.Contains(f, words) })
	}
	if !has("models of the ensemble disagree") || !has("spacing along z") || has("folds disagree") || has("of the member") || has("empty") {
		t.Errorf("flags %q, want the spacing and the disagreement of the models", q.Flags)
	}
}
