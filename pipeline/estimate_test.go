package pipeline

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/autoseg/autoseg/internal/fault"
)

func TestAnnounceAsksWhereItIsLong(t *testing.T) {
	long := []estimate{{stage: "train/2d/fold_0", time: 20 * time.Hour, memory: 2e9, disk: 5e8}, {stage: "predict", time: 5 * time.Hour}}
	huge := []estimate{{stage: "train/2d/fold_0", time: time.Hour, memory: 2e9}}
	short := []estimate{{stage: "train/2d/fold_0", time: time.Hour}}
	answer := func(agreed bool) func(string) (bool, error) {
		return func(string) (bool, error) { return agreed, nil }
	}
	for name, test := range map[string]struct {
		config Config
		all    []estimate
		want   error
	}{
		"short":               {Config{}, short, nil},
		"long, nobody to ask": {Config{}, long, ErrTooLong},
		"long, agreed before": {Config{AcceptLong: true}, long, nil},
		"long, with a budget": {Config{Budget: time.Hour}, long, nil},
		"long, yes":           {Config{Confirm: answer(true)}, long, nil},
		"long, no":            {Config{Confirm: answer(false)}, long, ErrTooLong},
		"nothing ahead":       {Config{}, nil, nil},

		"more than the machine has":              {Config{MachineMemory: 1e9}, huge, ErrTooLarge},
		"more than the machine has, with budget": {Config{MachineMemory: 1e9, Budget: time.Hour}, huge, ErrTooLarge},
		"more than the machine has, agreed":      {Config{MachineMemory: 1e9, AcceptLong: true}, huge, nil},
		"as much as the machine has":             {Config{MachineMemory: 2e9}, huge, nil},
		"within the limit":                       {Config{MaxMemory: 2e9}, huge, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			test.config.Tell = &out
			err := (&run{Config: test.config}).announce(test.all)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if len(test.all) > 0 && !strings.Contains(out.String(), "train/2d/fold_0") {
				t.Errorf("the estimates were not printed: %q", out.String())
			}
		})
	}
}

func TestALimitOfMemoryRefuses(t *testing.T) {
	all := []estimate{{stage: "train/2d/fold_0", memory: 2e9}, {stage: "train/3d/fold_0", memory: 5e9}, {stage: "predict"}, {stage: "select (2d + 3d)", memory: 4e9}}
	err := (&run{Config: Config{MaxMemory: 3e9, AcceptLong: true, Tell: io.Discard}}).announce(all)
	if !fault.IsInput(err) || strings.Contains(err.Error(), "train/2d") || !strings.Contains(err.Error(), "train/3d/fold_0 needs about 5.0 GB") || !strings.Contains(err.Error(), "select (2d + 3d)") {
		t.Errorf("got %v, want bad input that names both stages above the limit", err)
	}
}

func TestRoughly(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"1 s": 0, "42 s": 42 * time.Second, "1.5 min": 90 * time.Second, "2.5 h": 150 * time.Minute, "3.0 days": 72 * time.Hour,
	} {
		if got := roughly(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}
