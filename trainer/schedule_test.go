package trainer

import (
	"math"
	"testing"
	"time"
)

func TestRates(t *testing.T) {
	whole := Resolved{{Epochs: 1000, Iterations: 250, ValidationIterations: 50}}
	cases := []struct {
		schedule string
		warmup   int
		epoch    int
		want     float64
	}{
		{"poly", 0, 0, 0.01},
		{"poly", 0, 500, 0.01 * math.Pow(0.5, 0.9)},
		{"poly", 0, 999, 1.9953e-5}, // nnunet-model.md 3.1
		{"cosine", 0, 500, 0.005},
		{"constant", 0, 999, 0.01},
		{"poly", 50, 0, 0.01 / 50},
		{"poly", 50, 49, 0.01},
		{"poly", 50, 50, 0.01},
		{"poly", 50, 525, 0.01 * math.Pow(0.5, 0.9)}, // nnUNetTrainer_warmup: 1-(e-50)/950
	}
	for _, c := range cases {
		config := Default()
		config.Schedule, config.Warmup = c.schedule, c.warmup
		if got := config.RateAt(whole, c.epoch); math.Abs(got-c.want) > 1e-4*c.want {
			t.Errorf("%s with warm-up %d, epoch %d: %g, want %g", c.schedule, c.warmup, c.epoch, got, c.want)
		}
	}
}

func TestProgressReachesTheEndHoweverOftenTheLengthChanges(t *testing.T) {
	cases := map[string]Resolved{
		"one":      {{0, 10, 1, 0}},
		"shorter":  {{0, 100, 1, 0}, {10, 20, 1, 0}},
		"longer":   {{0, 20, 1, 0}, {10, 60, 1, 0}},
		"repeated": {{0, 50, 1, 0}, {7, 40, 1, 0}, {8, 45, 1, 0}, {30, 33, 1, 0}},
	}
	for name, r := range cases {
		if err := r.Validate(); err != nil {
			t.Fatal(err)
		}
		last := r[len(r)-1].Epochs
		before := -1.0
		for e := 0; e <= last; e++ {
			p := r.progress(e, 0)
			if p <= before || p < 0 || p > 1 {
				t.Errorf("%s: progress %g before epoch %d, after %g", name, p, e, before)
			}
			before = p
		}
		if math.Abs(before-1) > 1e-12 {
			t.Errorf("%s: ends at %g", name, before)
		}
	}
}

func TestFitKeepsTheTime(t *testing.T) {
	speed := Speed{Train: time.Second, Validation: 300 * time.Millisecond}
	cases := map[string]struct {
		from int
		left time.Duration
		want Segment
	}{
		"all the time":    {0, 1000 * time.Hour, Segment{0, 1000, 250, 50}},
		"fewer epochs":    {0, 100 * 265 * time.Second, Segment{0, 100, 250, 50}},
		"shorter epochs":  {0, 10 * 265 * time.Second, Segment{0, 20, 125, 25}},
		"hardly any":      {0, 5 * time.Second, Segment{0, 3, 1, 1}},
		"none at all":     {0, 0, Segment{0, 1, 1, 1}},
		"late":            {15, 4 * time.Second, Segment{15, 18, 1, 1}},
		"in the middle":   {10, 5 * 265 * time.Second, Segment{10, 20, 125, 25}},
		"behind the last": {30, 0, Segment{30, 31, 1, 1}},
	}
	config := Default()
	for name, c := range cases {
		if got := config.fit(c.from, c.left, speed); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestWarmupIsShortenedWithTheTraining gives a deadline's 20 epochs instead of 1000 the same share of warm-up.
func TestWarmupIsShortenedWithTheTraining(t *testing.T) {
	c := Default()
	c.Warmup = 100
	short := Resolved{{0, 20, 1, 1}}
	for epoch, want := range map[int]float64{0: 0.005, 1: 0.01, 2: 0.01, 19: 0.01 * math.Pow(1.0/18, 0.9)} {
		if got := c.RateAt(short, epoch); math.Abs(got-want) > 1e-12 {
			t.Errorf("epoch %d: rate %g, want %g", epoch, got, want)
		}
	}
}

func TestPlateauLowersTheRateAndEnds(t *testing.T) {
	p := Plateau{Factor: 1}
	for e := range 31 {
		if p.Observe(1, 1, 1e-3) {
			t.Fatalf("ended at epoch %d", e)
		}
	}
	if math.Abs(p.Factor-0.2) > 1e-15 {
		t.Errorf("after 30 epochs without improvement the factor is %g, want 0.2", p.Factor)
	}
	ended := false
	for range 60 {
		ended = ended || p.Observe(1, 1, 1e-7)
	}
	if !ended {
		t.Error("a low rate and no improvement for 60 epochs did not end the training")
	}
}

func TestConfigRefusesNonsense(t *testing.T) {
	cases := map[string]func(*Config){
		"no epoch":    func(c *Config) { c.Epochs = 0 },
		"fold":        func(c *Config) { c.Fold = "../1" },
		"rate":        func(c *Config) { c.Rate = math.NaN() },
		"warm-up":     func(c *Config) { c.Warmup = 1000 },
		"schedule":    func(c *Config) { c.Schedule = "steps" },
		"workers":     func(c *Config) { c.Workers = 0 },
		"oversample":  func(c *Config) { c.Oversample = 2 },
		"replay":      func(c *Config) { c.Replay = Resolved{{3, 4, 1, 1}} },
		"replay ends": func(c *Config) { c.Replay = Resolved{{0, 4, 1, 1}, {5, 4, 1, 1}} },
		"patience":    func(c *Config) { c.Patience = -1 },
	}
	for name, change := range cases {
		c := Default()
		if change(&c); c.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	c := Default()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}
