package plans

import (
	"strings"
	"testing"
)

// withKey puts a key of a configuration behind the first batch_dice of the sample.
func withKey(t *testing.T, key, text string) string {
	t.Helper()
	return strings.Replace(sample(t), "    batch_dice: true\n", "    batch_dice: true\n    "+key+": "+text+"\n", 1)
}

// TestOptimiserAndScheduleOfAPlan reads both in either form, and again after they were written.
func TestOptimiserAndScheduleOfAPlan(t *testing.T) {
	sgd := Optimiser{Name: SGD, Rate: 1e-2, Momentum: 0.99, Nesterov: true, WeightDecay: 3e-5, ClipNorm: 12}
	plain := sgd
	plain.Rate, plain.Nesterov, plain.Momentum = 0.1, false, 0
	adam := Optimiser{Name: AdamW, Rate: 3e-4, Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-8, WeightDecay: 3e-5, ClipNorm: 12}
	for name, c := range map[string]struct {
		key, text string
		optimiser Optimiser
		schedule  Schedule
	}{
		"sgd":        {"optimizer", "sgd", sgd, Schedule{}},
		"plain sgd":  {"optimizer", "{momentum: 0, nesterov: false, name: sgd, rate: 0.1}", plain, Schedule{}},
		"adamw":      {"optimizer", "{name: adamw, beta2: 0.95}", adam, Schedule{}},
		"cosine":     {"schedule", "cosine", Optimiser{}, Schedule{Name: Cosine}},
		"warmed up":  {"schedule", "{name: poly, warmup: 50}", Optimiser{}, Schedule{Name: Poly, Warmup: 50}},
		"no warm-up": {"schedule", "{name: plateau, warmup: 0}", Optimiser{}, Schedule{Name: Plateau}},
	} {
		t.Run(name, func(t *testing.T) {
			p := parse(t, withKey(t, c.key, c.text))
			for range 2 {
				full, err := p.Configuration("2d")
				if err != nil {
					t.Fatal(err)
				}
				if full.Optimiser != c.optimiser || full.Schedule != c.schedule {
					t.Errorf("got %+v and %+v", full.Optimiser, full.Schedule)
				}
				p = parse(t, written(t, p))
			}
		})
	}
	if text := written(t, parse(t, sample(t))); strings.Contains(text, "optimizer:") || strings.Contains(text, "schedule:") {
		t.Error("a plan without optimiser and schedule was written with them")
	}
}

// TestOptimiserAndScheduleAreInherited takes one from the parent and replaces the other.
func TestOptimiserAndScheduleAreInherited(t *testing.T) {
	text := withKey(t, "optimizer", "adam\n    schedule: {name: cosine, warmup: 3}")
	text = strings.Replace(text, "\nconfigurations:\n", "\nconfigurations:\n  mine:\n    inherits_from: 2d\n    schedule: constant\n", 1)
	c, err := parse(t, text).Configuration("mine")
	if err != nil {
		t.Fatal(err)
	}
	if c.Optimiser.Name != Adam || c.Schedule != (Schedule{Name: Constant}) {
		t.Errorf("got %+v and %+v", c.Optimiser, c.Schedule)
	}
}

func TestBadOptimisersAndSchedulesOfAPlan(t *testing.T) {
	for name, c := range map[string]struct{ key, text, field, want string }{
		"no such optimiser": {"optimizer", "adamm", "optimizer", "did you mean adam?"},
		"in a mapping":      {"optimizer", "{name: sgdd, rate: 1}", "optimizer.name", "did you mean sgd?"},
		"no name":           {"optimizer", "{rate: 1}", "optimizer", "has no name"},
		"foreign":           {"optimizer", "{name: adam, momentum: 0.9}", "optimizer.momentum", "is no key"},
		"no rate":           {"optimizer", "{name: adam, rate: 0}", "optimizer.rate", "want a number from"},
		"nan":               {"optimizer", "{name: adam, rate: .nan}", "optimizer.rate", "want a number from"},
		"whole momentum":    {"optimizer", "{name: sgd, momentum: 1}", "optimizer.momentum", "want a number from"},
		"nesterov":          {"optimizer", "{name: sgd, momentum: 0}", "optimizer.nesterov", "without a momentum"},
		"american key":      {"optimiser", "sgd", "optimiser", "did you mean optimizer?"},
		"no such schedule":  {"schedule", "cosin", "schedule", "did you mean cosine?"},
		"fraction":          {"schedule", "{name: poly, warmup: 0.5}", "schedule.warmup", "whole number"},
		"negative":          {"schedule", "{name: poly, warmup: -1}", "schedule.warmup", "want 0 or more"},
		"number":            {"schedule", "[poly]", "schedule", "want text"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("plan.yaml", []byte(withKey(t, c.key, c.text)))
			if err == nil || !strings.Contains(err.Error(), "plan.yaml:") || !strings.Contains(err.Error(), "configurations.2d."+c.field+" ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant file and line, %q and %q", err, c.field, c.want)
			}
		})
	}
}

// TestRecipe words what a plan is silent about and what it says.
func TestRecipe(t *testing.T) {
	c, err := parse(t, withKey(t, "schedule", "{name: cosine, warmup: 3}")).Configuration("2d")
	if err != nil {
		t.Fatal(err)
	}
	want := Recipe{
		"{name: dice_ce}",
		"{name: sgd, rate: 0.01, momentum: 0.99, weight_decay: 3e-05, clip_norm: 12.0, nesterov: true}",
		"{name: cosine, warmup: 3}",
	}
	if got := c.Recipe(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
