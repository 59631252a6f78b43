package dataset

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoseg/autoseg/internal/golden"
)

func TestFoldsEqualNNUNets(t *testing.T) {
	for _, name := range []string{"Dataset004_Hippocampus", "Dataset104_HippoSmall"} {
		var cases []string
		read(t, golden.Shared(t, "golden", "splits", name+"_cases.json"), &cases)
		want, err := ReadFolds(golden.Shared(t, "golden", "splits", name+"_splits_final.json"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, Folds(cases)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		path := filepath.Join(t.TempDir(), "splits.json")
		if err := WriteFolds(path, Folds(cases)); err != nil {
			t.Fatal(err)
		}
		again, err := ReadFolds(path)
		if err != nil || !cmp.Equal(again, Folds(cases)) {
			t.Errorf("%s: folds changed on the way through a file (%v)", name, err)
		}
	}
}

func TestRandomFold(t *testing.T) {
	// nnunet-data.md 7.2: fold 5 of ten cases trains on 0 8 4 5 3 9 7 6.
	var cases []string
	for i := range 10 {
		cases = append(cases, fmt.Sprint(i))
	}
	want := Fold{Train: strings.Fields("0 8 4 5 3 9 7 6"), Validation: []string{"1", "2"}}
	if diff := cmp.Diff(want, RandomFold(cases, 5)); diff != "" {
		t.Error(diff)
	}
}

func TestFoldsOfFewCases(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, 2: 2, 4: 4, 5: 5, 7: 5} {
		var cases []string
		for i := range n {
			cases = append(cases, fmt.Sprint(i))
		}
		folds := Folds(cases)
		if len(folds) != want {
			t.Fatalf("%d cases: %d folds, want %d", n, len(folds), want)
		}
		held := 0
		for _, f := range folds {
			if len(f.Train) == 0 || len(f.Validation) == 0 {
				t.Errorf("%d cases: empty list in %v", n, f)
			}
			held += len(f.Validation)
		}
		if held != n {
			t.Errorf("%d cases: %d held out, want each once", n, held)
		}
	}
}

func TestReadFoldsNamesWhatIsWrong(t *testing.T) {
	for in, want := range map[string]string{
		`{}`:                          "want a list",
		`[{"train": ["a"]}]`:          "fold 0: val is null",
		`[{"train": [], "val": []}]`:  "no training cases",
		`[{"train": [1], "val": []}]`: "train holds a number",
		`[3]`:                         "fold 0: is a number",
	} {
		if _, err := parseFolds([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", in, err, want)
		}
	}
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func FuzzParseFolds(f *testing.F) {
	f.Add([]byte(`[{"train": ["a", "b"], "val": ["c"]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		folds, err := parseFolds(data)
		if err != nil {
			return
		}
		for i, fold := range folds {
			if len(fold.Train) == 0 {
				t.Fatalf("fold %d has no training cases and no error", i)
			}
		}
	})
}
