package preprocess

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/google/go-cmp/cmp"
)

// copyGoldenSet copies a golden data set, so that a test may change it.
func copyGoldenSet(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(golden.Shared(t, "golden", "preprocess", name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func modified(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	times := map[string]int64{}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, path := range files {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		times[filepath.Base(path)] = info.ModTime().UnixNano()
	}
	return times
}

func TestDatasetFillsTheStoreAndSkipsWhatIsUnchanged(t *testing.T) {
	dir, out := copyGoldenSet(t, "regions_ignore"), filepath.Join(t.TempDir(), "store")
	d, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := readPlans(t, filepath.Join(dir, "plans.json"))
	var steps []int
	run := func(workers int) {
		t.Helper()
		steps = nil
		err := Dataset(t.Context(), d, p, "3d_fullres", out, Options{
			Workers: workers, Progress: func(done, total int) { steps = append(steps, done, total) },
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	run(2)
	if !slices.Equal(steps, []int{1, 2, 2, 2}) {
		t.Errorf("progress %v", steps)
	}
	first := modified(t, out)
	if len(first) != 8 {
		t.Errorf("the store has %d files, want 8: %v", len(first), first)
	}
	run(1)
	if d := cmp.Diff(first, modified(t, out)); d != "" {
		t.Errorf("unchanged cases were done again: %s", d)
	}

	other := filepath.Join(dir, "labelsTr", "case_001.nii.gz")
	content, err := os.ReadFile(other)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "labelsTr", "case_000.nii.gz"), content, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	// The labels of the other case have another shape: this case fails, the store keeps the other.
	err = Dataset(t.Context(), d, p, "3d_fullres", out, Options{})
	if err == nil || !strings.Contains(err.Error(), "case_000") {
		t.Errorf("labels of another shape: %v", err)
	}
	p.Configurations[len(p.Configurations)-1].Normalisation[0].UseMask = false
	if err := Dataset(t.Context(), d, p, "3d_fullres", out, Options{Cases: []string{"case_001"}}); err != nil {
		t.Fatal(err)
	}
	again := modified(t, out)
	if again["case_001.yaml"] == first["case_001.yaml"] || again["case_000.yaml"] != first["case_000.yaml"] {
		t.Error("another normalisation of case_001: want this case done again and no other")
	}
}

func TestStoredCaseHoldsItsTrail(t *testing.T) {
	dir := golden.Shared(t, "golden", "preprocess", "lowres_axis_last")
	d, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := readPlans(t, filepath.Join(dir, "plans.json"))
	out := t.TempDir()
	if err := Dataset(t.Context(), d, p, "3d_fullres", out, Options{Cases: []string{"case_000"}}); err != nil {
		t.Fatal(err)
	}
	image, labels := loadCase(t, d, "case_000")
	want, err := pipelineOf(t, p, "3d_fullres", &d.Labelling).Run(image, labels)
	if err != nil {
		t.Fatal(err)
	}
	store, err := dataset.OpenStore(out)
	if err != nil {
		t.Fatal(err)
	}
	c, err := store.Open("case_000")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var trail Trail
	if err := c.Properties(&trail); err != nil {
		t.Fatal(err)
	}
	want.Trail.Native = nil
	if d := cmp.Diff(want.Trail, trail); d != "" {
		t.Error(d)
	}
	if !slices.Equal(c.Data(), want.Data) || !slices.Equal(c.Labels(), want.Labels) {
		t.Error("the arrays differ from those of the pipeline")
	}
	if d := cmp.Diff(want.Locations, c.Locations()); d != "" {
		t.Error(d)
	}
}

func TestDatasetRefusesWhatItCannotDo(t *testing.T) {
	dir := golden.Shared(t, "golden", "preprocess", "lowres_axis_last")
	d, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := readPlans(t, filepath.Join(dir, "plans.json"))
	for name, c := range map[string]struct {
		configuration string
		options       Options
		want          string
	}{
		"unknown configuration": {"4d", Options{}, `no configuration "4d"`},
		"unknown case":          {"2d", Options{Cases: []string{"nobody"}}, "nobody"},
		"negative workers":      {"2d", Options{Workers: -1}, "-1 workers"},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "store")
			err := Dataset(t.Context(), d, p, c.configuration, out, c.options)
			if !fault.IsInput(err) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want bad input with %q", err, c.want)
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("a store was made")
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Dataset(ctx, d, p, "2d", t.TempDir(), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
