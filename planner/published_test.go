package planner

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/plans"
)

var update = flag.Bool("update", false, "write the published plans anew")

// TestPublishedPlans regenerates every plan below plans/published byte for byte.
func TestPublishedPlans(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join("..", "plans", "published", "*", "dataset_fingerprint.json"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no published fingerprints (%v)", err)
	}
	for _, fingerprint := range folders {
		dir := filepath.Dir(fingerprint)
		for _, planner := range []string{"default", "resenc-l", decathlon2018} {
			t.Run(filepath.Base(dir)+"/"+planner, func(t *testing.T) {
				published(t, plan(t, readInput(t, dir), Options{Planner: planner}), filepath.Join(dir, planner+".yaml"))
			})
		}
	}
}

func published(t *testing.T, p *plans.Plans, path string) {
	t.Helper()
	text, err := p.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := p.Write(path); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != string(want) {
		t.Errorf("%s differs from the plan of today; if that is meant, run the test with -update", path)
	}
	if _, err := plans.Read(path); err != nil {
		t.Error(err)
	}
}
