package planner

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/fingerprint"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/internal/jsonx"
	"github.com/autoseg/autoseg/plans"
)

// readInput reads what nnU-Net's planner reads: dataset.json and dataset_fingerprint.json of a folder.
func readInput(t testing.TB, dir string) Input {
	t.Helper()
	d, err := dataset.ReadJSON(filepath.Join(dir, "dataset.json"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := fingerprint.Read(filepath.Join(dir, "dataset_fingerprint.json"))
	if err != nil {
		t.Fatal(err)
	}
	return FromDataset(filepath.Base(dir), f, d)
}

func readObject(t testing.TB, path string) *jsonx.Object {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	o, err := jsonx.ParseObject(data)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func get(o *jsonx.Object, key string) any {
	v, _ := o.Get(key)
	return v
}

// optionsOf reads planner and memory from the name of a golden file, such as nnUNetPlans_4G.json.
func optionsOf(t *testing.T, file string) Options {
	t.Helper()
	name, memory, _ := strings.Cut(strings.TrimSuffix(file, ".json"), "_")
	planner, ok := map[string]string{"nnUNetPlans": "default", "nnUNetResEncUNetMPlans": "resenc-m",
		"nnUNetResEncUNetLPlans": "resenc-l", "nnUNetResEncUNetXLPlans": "resenc-xl"}[name]
	if !ok {
		t.Fatalf("no planner for %s", file)
	}
	o := Options{Planner: planner}
	if memory != "" {
		gb, err := strconv.Atoi(strings.TrimSuffix(memory, "G"))
		if err != nil {
			t.Fatal(err)
		}
		o.MemoryGB = float64(gb)
	}
	return o
}

func TestGoldenPlans(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(golden.Shared(t, "golden", "plans"), "*", "nnUNet*.json"))
	if err != nil || len(files) < 60 {
		t.Fatalf("found %d golden plans (%v)", len(files), err)
	}
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir)+"/"+filepath.Base(file), func(t *testing.T) {
			p, err := Plan(readInput(t, dir), optionsOf(t, filepath.Base(file)))
			if err != nil {
				t.Fatal(err)
			}
			same(t, p, file)
		})
	}
}

// same demands the very bytes of nnU-Net's file, after taking over its dataset_name, and names the first
// differing field where they are not.
func same(t *testing.T, p *plans.Plans, file string) {
	t.Helper()
	if err := p.Validate(); err != nil {
		t.Errorf("the plan is not valid: %v", err)
	}
	want := readObject(t, file)
	p.Dataset = get(want, "dataset_name").(string)
	var b bytes.Buffer
	if err := p.WriteNNUNet(&b); err != nil {
		t.Fatal(err)
	}
	got, err := jsonx.Parse(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if d := jsonx.Difference(got, want); d != "" {
		t.Error(d)
	} else if text, err := os.ReadFile(file); err != nil || b.String() != string(text) {
		t.Errorf("the fields are equal but the text is not (%v)", err)
	}
}
