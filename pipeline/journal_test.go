package pipeline

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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
	if sums, err := ReadLog(c.Output); err != nil || len(sums) == 0 || sums[0].Stage != fingerprintStage {
		t.Errorf("ReadLog: %v, %v", sums, err)
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

func TestABudgetGoesOn(t *testing.T) {
	const budget = time.Minute
	line := func(stage string, seconds float64, budget time.Duration, failed string) Worked {
		return Worked{Stage: stage, Seconds: seconds, Budget: budget.Seconds(), Failed: failed}
	}
	for name, test := range map[string]struct {
		log  []Worked
		rest string
		want time.Duration
	}{
		"nothing yet":            {nil, "", 0},
		"interrupted":            {[]Worked{line("fingerprint", 2, budget, ""), line("train/2d/fold_0", 8.5, budget, "interrupted")}, "", 10500 * time.Millisecond},
		"finished":               {[]Worked{line("train/2d/fold_0", 8, budget, ""), line("report", 1, budget, "")}, "", 0},
		"finished, then more":    {[]Worked{line("report", 1, budget, ""), line("predict", 3, budget, "")}, "", 3 * time.Second},
		"the report failed":      {[]Worked{line("report", 1, budget, "failed")}, "", time.Second},
		"another budget":         {[]Worked{line("predict", 3, 2*budget, ""), line("predict", 3, 0, "")}, "", 0},
		"a line that is cut off": {[]Worked{line("predict", 3, budget, "")}, `{"stage": "tra`, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), LogFile)
			for _, w := range test.log {
				if err := appendLine(path, w); err != nil {
					t.Fatal(err)
				}
			}
			if len(test.log) > 0 {
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, append(content, test.rest...), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := spent(filepath.Dir(path), budget); got != test.want || err != nil {
				t.Errorf("got %v (%v), want %v", got, err, test.want)
			}
		})
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
