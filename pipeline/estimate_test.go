package pipeline

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestAnnounceAsksWhereItIsLong(t *testing.T) {
	long := []estimate{{stage: "train/2d/fold_0", time: 20 * time.Hour, memory: 2e9, disk: 5e8}, {stage: "predict", time: 5 * time.Hour}}
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

func TestRoughly(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"1 s": 0, "42 s": 42 * time.Second, "1.5 min": 90 * time.Second, "2.5 h": 150 * time.Minute, "3.0 days": 72 * time.Hour,
	} {
		if got := roughly(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}
