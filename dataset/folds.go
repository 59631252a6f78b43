package dataset

import (
	"fmt"
	"os"
	"slices"
	"sort"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/jsonx"
	"github.com/autoseg/autoseg/internal/random"
)

// Fold is one split of the training cases.
type Fold struct {
	Train      []string `json:"train"`
	Validation []string `json:"val"`
}

const (
	foldCount = 5
	foldSeed  = 12345 // nnUNetTrainer.do_split
)

// Folds returns nnU-Net's five cross-validation folds of the cases: scikit-learn's KFold with
// shuffling and seed 12345, every list in ascending order. Of fewer than five cases, which nnU-Net
// refuses, each is held out once; a single case is trained on and validated on.
func Folds(cases []string) []Fold {
	cases = ascending(cases)
	n := len(cases)
	if n == 1 {
		return []Fold{AllFold(cases)}
	}
	order := random.NewLegacy(foldSeed).Permutation(n)
	folds := make([]Fold, min(n, foldCount))
	at := 0
	for f := range folds {
		size := n / len(folds)
		if f < n%len(folds) {
			size++
		}
		held := map[int]bool{}
		for _, i := range order[at : at+size] {
			held[i] = true
		}
		at += size
		folds[f] = split(cases, func(i int) bool { return held[i] })
	}
	return folds
}

// RandomFold returns the 80:20 split that nnU-Net makes up for a fold number beyond the stored ones:
// the training cases in the order of the permutation, the rest ascending.
func RandomFold(cases []string, fold int) Fold {
	cases = ascending(cases)
	order := random.NewLegacy(uint32(foldSeed + fold)).Permutation(len(cases))
	train := order[:int(float64(len(cases))*0.8)]
	var f Fold
	for _, i := range train {
		f.Train = append(f.Train, cases[i])
	}
	f.Validation = split(cases, func(i int) bool { return !slices.Contains(train, i) }).Validation
	return f
}

// AllFold returns the fold "all": every case is trained on and validated on.
func AllFold(cases []string) Fold {
	cases = ascending(cases)
	return Fold{Train: cases, Validation: slices.Clone(cases)}
}

func ascending(cases []string) []string {
	cases = slices.Clone(cases)
	sort.Strings(cases)
	return cases
}

func split(cases []string, held func(int) bool) Fold {
	var f Fold
	for i, c := range cases {
		if held(i) {
			f.Validation = append(f.Validation, c)
		} else {
			f.Train = append(f.Train, c)
		}
	}
	return f
}

// ReadFolds reads a splits_final.json.
func ReadFolds(path string) ([]Fold, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("read folds: %w", err))
	}
	folds, err := parseFolds(data)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%s: %w", path, err))
	}
	return folds, nil
}

func parseFolds(data []byte) ([]Fold, error) {
	v, err := jsonx.Parse(data)
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, fmt.Errorf(`the document is %s, want a list of {"train": [...], "val": [...]}`, jsonx.Kind(v))
	}
	folds := make([]Fold, len(list))
	for i, item := range list {
		if folds[i], err = parseFold(item); err != nil {
			return nil, fmt.Errorf("fold %d: %w", i, err)
		}
	}
	return folds, nil
}

func parseFold(item any) (Fold, error) {
	var f Fold
	o, ok := item.(*jsonx.Object)
	if !ok {
		return f, fmt.Errorf("is %s, want an object with train and val", jsonx.Kind(item))
	}
	for key, into := range map[string]*[]string{"train": &f.Train, "val": &f.Validation} {
		v, _ := o.Get(key)
		list, ok := v.([]any)
		if !ok {
			return f, fmt.Errorf("%s is %s, want a list of cases", key, jsonx.Kind(v))
		}
		for _, c := range list {
			name, ok := c.(string)
			if !ok {
				return f, fmt.Errorf("%s holds %s, want names of cases", key, jsonx.Kind(c))
			}
			*into = append(*into, name)
		}
	}
	if len(f.Train) == 0 {
		return f, fmt.Errorf("has no training cases")
	}
	return f, nil
}

// WriteFolds writes folds as a splits_final.json, laid out as nnU-Net does.
func WriteFolds(path string, folds []Fold) error {
	list := make([]any, len(folds))
	for i, f := range folds {
		list[i] = map[string][]string{"train": f.Train, "val": f.Validation}
	}
	data, err := jsonx.Marshal(list, jsonx.NNUNet)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, data)
}
