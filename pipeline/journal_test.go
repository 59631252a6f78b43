package pipeline

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/trainer"
)

func TestTheLogHoldsEveryStageThatWorked(t *testing.T) {
	c := smallConfig(t, phantomDataset(t))
	c.Machine = "a test"
	c.PeakMemory = func() int64 { return 3e6 }
	worked, err := prepared(t, c)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(c.Output, LogFile))
	if err != nil {
		t.Fatal(err)
	}
	var logged []string
	for line := range strings.Lines(string(content)) {
		var w Worked
		if err := json.Unmarshal([]byte(line), &w); err != nil {
			t.Fatal(err)
		}
		if w.Time.IsZero() || w.PeakMemoryMB != 3 || w.Machine != "a test" || w.Failed != "" {
			t.Errorf("got %+v", w)
		}
		logged = append(logged, w.Stage)
	}
	worked = slices.DeleteFunc(worked, func(s string) bool { return s == planStage }) // no stage like the others
	if !slices.Equal(logged, worked) {
		t.Errorf("logged %v, worked %v", logged, worked)
	}
}

func TestReplayNeedsEveryTraining(t *testing.T) {
	p := &plans.Plans{Planner: "default"}
	c := &plans.Configuration{Name: "2d"}
	c.Architecture.Family = "plain"
	want := trainer.Resolved{{Epochs: 3, Iterations: 2}}
	for name, test := range map[string]struct {
		replay map[string]trainer.Resolved
		known  bool
	}{
		"no replay": {nil, true}, "in it": {map[string]trainer.Resolved{"train/2d/fold_0": want}, true},
		"not in it": {map[string]trainer.Resolved{"train/2d/fold_1": want}, false},
	} {
		r := &run{Config: Config{Replay: test.replay}, plan: p}
		got, err := r.replayed(training{c, "0"})
		if fault.IsInput(err) == test.known {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
		if test.replay != nil && test.known && !slices.Equal(got, want) {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
