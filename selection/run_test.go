package selection

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/postprocess"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/volume"
)

// runFolder is a run of two models with random weights (golden/network/plain3d), two folds of one case.
type runFolder struct {
	dir   string
	data  *dataset.Dataset
	o     Options
	model string // the folder of one of the models
}

func newRunFolder(t *testing.T) *runFolder {
	t.Helper()
	plain := golden.Shared(t, "golden", "network", "plain3d")
	root := t.TempDir()
	r := &runFolder{dir: filepath.Join(root, "run"), model: filepath.Join(root, "run", "models", "a")}
	r.writeDataset(t, plain, filepath.Join(root, "data"))
	for _, name := range []string{"a", "b"} {
		folder := filepath.Join(r.dir, "models", name)
		for _, k := range []string{"0", "1"} {
			link(t, filepath.Join(plain, "fold_0", "checkpoint_final.pth"), filepath.Join(folder, "fold_"+k, "checkpoint_final.pth"))
		}
		link(t, filepath.Join(plain, "plans.json"), filepath.Join(folder, "plans.json"))
		link(t, filepath.Join(plain, "dataset.json"), filepath.Join(folder, "dataset.json"))
	}
	executor, err := cpu.New(cpu.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { executor.Close() })
	r.o = Options{Run: r.dir, Dataset: r.data, Executor: executor, Workers: 2, NoMirror: true}
	return r
}

func link(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// writeDataset writes two cases of noise.
func (r *runFolder) writeDataset(t *testing.T, plain, dir string) {
	t.Helper()
	link(t, filepath.Join(plain, "dataset.json"), filepath.Join(dir, "dataset.json"))
	if err := os.MkdirAll(filepath.Join(dir, "imagesTr"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "labelsTr"), 0o755); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 2 {
		g := volume.NewGeometry([3]int{16, 24, 20}, [3]float64{1, 1, 1})
		image, labels := volume.NewImage(g, 1), volume.NewLabels(g)
		for k := range image.Data {
			image.Data[k] = rng.Float32()
			labels.Data[k] = uint16(k / 7 % 3)
		}
		id := fmt.Sprintf("case_%d", i)
		if err := dataset.Formats().Write(filepath.Join(dir, "imagesTr", id+"_0000.nii.gz"), image); err != nil {
			t.Fatal(err)
		}
		if err := dataset.Formats().WriteLabels(filepath.Join(dir, "labelsTr", id+".nii.gz"), labels); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if r.data, err = dataset.Open(dir); err != nil {
		t.Fatal(err)
	}
}

// validate writes validation predictions: fold k predicts case k. Model b predicts the references.
func (r *runFolder) validate(t *testing.T) {
	t.Helper()
	for k := range 2 {
		id := fmt.Sprintf("case_%d", k)
		reference, err := r.o.reference(id)
		if err != nil {
			t.Fatal(err)
		}
		background := volume.NewLabels(reference.Geometry)
		for name, labels := range map[string]*volume.Labels{"a": background, "b": reference} {
			dir := filepath.Join(r.dir, "models", name, fmt.Sprintf("fold_%d", k), "validation")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := dataset.Formats().WriteLabels(filepath.Join(dir, id+".nii.gz"), labels); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// preprocess fills the stores of both models.
func (r *runFolder) preprocess(t *testing.T) {
	t.Helper()
	p, err := predict.Open(r.model, predict.Options{Checkpoint: model.Final, Executor: r.o.Executor})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, c := range r.data.Cases {
		image, err := r.data.Image(c)
		if err != nil {
			t.Fatal(err)
		}
		s, err := p.Preprocess(image)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "b"} {
			store, err := storeOf(r.dir, name)
			if err != nil {
				t.Fatal(err)
			}
			if err := store.Put(&dataset.Record{ID: c.ID, Channels: s.Channels, Shape: s.Shape, Data: s.Data,
				Labels: make([]int16, len(s.Data)), Properties: &s.Trail, Hash: "x"}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestSingleModels(t *testing.T) {
	r := newRunFolder(t)
	r.validate(t)
	r.o.SinglesOnly = true
	s, err := Run(context.Background(), r.o)
	if err != nil {
		t.Fatal(err)
	}
	if s.Configuration != "b" || len(s.Evidence) != 2 || s.Evidence[0].Dice != 0 || s.Evidence[1].Dice != 1 || s.Evidence[1].Cases != 2 {
		t.Errorf("got %+v", s)
	}
	got, err := Read(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	if got.Model != "b" || !slices.Equal(got.Models, []string{"b"}) || !slices.Equal(got.Folds, []string{"0", "1"}) || got.Postprocessing == nil {
		t.Errorf("came back as %+v", got)
	}
	if _, err := postprocess.Read(filepath.Join(r.dir, File)); err != nil {
		t.Errorf("the rules cannot be read: %v", err)
	}
}

// TestPairOfEqualNetworks averages a network with itself: the result is the network's own prediction.
func TestPairOfEqualNetworks(t *testing.T) {
	r := newRunFolder(t)
	r.validate(t)
	r.preprocess(t)
	s, err := Run(context.Background(), r.o)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Evidence) != 3 || s.Evidence[2].Configuration != "a + b" {
		t.Fatalf("got evidence %+v", s.Evidence)
	}
	p, err := predict.Open(r.model, predict.Options{Folds: []string{"0"}, Checkpoint: model.Final, NoMirror: true, Executor: r.o.Executor})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	image, err := r.data.Image(r.data.Cases[0])
	if err != nil {
		t.Fatal(err)
	}
	want, err := p.Image(context.Background(), image, nil)
	if err != nil {
		t.Fatal(err)
	}
	pair := filepath.Join(r.dir, "ensembles", "a+b")
	if summary, err := evaluate.Read(filepath.Join(pair, "summary.json")); err != nil || postprocess.Number(summary.Foreground["Dice"]) != s.Evidence[2].Dice {
		t.Errorf("the pair's summary is %+v (%v), want a Dice of %v", summary, err, s.Evidence[2].Dice)
	}
	got, err := dataset.Formats().ReadLabels(filepath.Join(pair, "case_0.nii.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Data, want.Labels.Data) {
		t.Error("the ensemble of a network with itself predicts something else")
	}
}

// TestResumeKeepsFinishedCases: what an interrupted run has predicted is not predicted again.
func TestResumeKeepsFinishedCases(t *testing.T) {
	for name, resume := range map[string]bool{"resumed": true, "from scratch": false} {
		t.Run(name, func(t *testing.T) {
			r := newRunFolder(t)
			r.validate(t)
			r.preprocess(t)
			for k := range 2 { // perfect, which the networks are not
				id := fmt.Sprintf("case_%d.nii.gz", k)
				link(t, filepath.Join(r.data.Dir, "labelsTr", id), filepath.Join(r.dir, EnsembleDir([]string{"a", "b"}), id))
			}
			r.o.Resume = resume
			s, err := Run(context.Background(), r.o)
			if err != nil {
				t.Fatal(err)
			}
			if perfect := s.Evidence[2].Dice == 1; perfect != resume {
				t.Errorf("the pair has a Dice of %v", s.Evidence[2].Dice)
			}
		})
	}
}

func TestModelsAndFoldsAskedFor(t *testing.T) {
	r := newRunFolder(t)
	r.validate(t)
	// Case 0 is validated by both folds of a: perfectly in fold 1, as background in fold 0.
	link(t, filepath.Join(r.data.Dir, "labelsTr", "case_0.nii.gz"), filepath.Join(r.model, "fold_1", "validation", "case_0.nii.gz"))
	for name, test := range map[string]struct {
		folds []string
		want  string // where case 0 comes from
		cases int
	}{
		"the first fold":         {[]string{"0"}, "fold_0", 1},
		"both, the first counts": {[]string{"0", "1"}, "fold_0", 2},
		"the other way round":    {[]string{"1", "0"}, "fold_1", 2},
	} {
		t.Run(name, func(t *testing.T) {
			o := r.o
			o.Models, o.Folds = []string{"a"}, test.folds
			found, err := findModels(o)
			if err != nil {
				t.Fatal(err)
			}
			if len(found) != 1 || len(found[0].cases()) != test.cases || !slices.Equal(found[0].foldNames(), test.folds) {
				t.Fatalf("found %+v", found)
			}
			if file := found[0].files["case_0"]; !strings.Contains(file, test.want) {
				t.Errorf("case 0 is taken from %s, want %s", file, test.want)
			}
		})
	}
	r.o.Models, r.o.Folds = []string{"a"}, []string{"2"}
	if _, err := Run(context.Background(), r.o); !fault.IsInput(err) || !strings.Contains(err.Error(), "no trained fold 2") {
		t.Errorf("an untrained fold: %v", err)
	}
}

func TestRunRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, r *runFolder)
		want   string
	}{
		"no models":             {func(t *testing.T, r *runFolder) { os.RemoveAll(filepath.Join(r.dir, "models")) }, "train first"},
		"unfinished validation": {func(t *testing.T, r *runFolder) { os.RemoveAll(filepath.Join(r.model, "fold_1", "validation")) }, "finish the training of fold 1"},
		"a case twice": {func(t *testing.T, r *runFolder) {
			link(t, filepath.Join(r.model, "fold_0", "validation", "case_0.nii.gz"), filepath.Join(r.model, "fold_1", "validation", "case_0.nii.gz"))
		}, "case case_0 is a validation case of two folds"},
		"other folds":     {func(t *testing.T, r *runFolder) { os.RemoveAll(filepath.Join(r.model, "fold_1")) }, "different cases"},
		"another dataset": {func(t *testing.T, r *runFolder) { r.o.Dataset.Cases = r.o.Dataset.Cases[:1] }, "is it the dataset of this run?"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRunFolder(t)
			r.validate(t)
			test.change(t, r)
			if _, err := Run(context.Background(), r.o); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestBest(t *testing.T) {
	nan := math.NaN()
	for name, test := range map[string]struct {
		dice []float64
		want int
	}{
		"the highest":          {[]float64{0.5, 0.7, 0.6}, 1},
		"ties: the earlier":    {[]float64{0.7, 0.7}, 0},
		"undefined loses":      {[]float64{nan, 0.1, nan}, 1},
		"undefined throughout": {[]float64{nan, nan}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var e []Evidence
			for _, d := range test.dice {
				e = append(e, Evidence{Dice: postprocess.Number(d)})
			}
			if got := Best(e); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
