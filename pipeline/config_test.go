package pipeline

import (
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/plans"
)

func TestParseFolds(t *testing.T) {
	for text, want := range map[string][]string{
		"cv": {"0", "1", "2", "3", "4"}, "": {"0", "1", "2", "3", "4"},
		"all": {"all"}, "0": {"0"}, "0, 2": {"0", "2"}, "7": {"7"},
		"-1": nil, "a": nil, "0,": nil, "1,1": nil, "all,0": nil,
	} {
		got, err := ParseFolds(text)
		if (err != nil) != (want == nil) || want != nil && !slices.Equal(got, want) {
			t.Errorf("%q: got %v (%v), want %v", text, got, err, want)
		}
	}
}

func TestValidateNamesEveryFinding(t *testing.T) {
	c := Config{Epochs: -1, Networks: []string{"resnet", "resnet"}, Planner: "fast", Plan: "p.yaml", Folds: []string{"x"}}
	err := c.Validate()
	if !fault.IsInput(err) {
		t.Fatalf("got %v, want an input error", err)
	}
	for _, want := range []string{"dataset", "output", "executor", "epochs -1", `network "resnet": want`, `"resnet" stands twice`, `planner "fast"`, "exclude each other", `fold "x"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
}

// TestPlanValuesDecideWhatIsRedone changes one field of a plan after the other and checks which of the two
// keys follows.
func TestPlanValuesDecideWhatIsRedone(t *testing.T) {
	newPlan := func() (*plans.Plans, *plans.Configuration) {
		c := &plans.Configuration{
			Name: "3d_fullres", BatchSize: 2, PatchSize: []int{40, 56, 40}, Spacing: []float64{1, 1, 1},
			Normalisation: []plans.Normalisation{{Scheme: plans.ZScore}},
			Architecture:  plans.Architecture{Family: "plain", Dimensions: 3, Features: []int{32, 64}},
		}
		return &plans.Plans{Intensities: []plans.Intensity{{Mean: 5}}, Configurations: []*plans.Configuration{c}}, c
	}
	keys := func(p *plans.Plans, c *plans.Configuration) (preprocessing, training string) {
		a, b := inputs{}, inputs{}
		if err := a.values(preprocessingValues(p, c)); err != nil {
			t.Fatal(err)
		}
		if err := b.values(trainingValues(c)); err != nil {
			t.Fatal(err)
		}
		return a.key(), b.key()
	}
	before, beforeTraining := keys(newPlan())
	for name, test := range map[string]struct {
		change             func(p *plans.Plans, c *plans.Configuration)
		preprocess, retain bool // preprocess again; train by the same values
	}{
		"patch size":                      {func(_ *plans.Plans, c *plans.Configuration) { c.PatchSize[0] = 48 }, false, false},
		"batch size":                      {func(_ *plans.Plans, c *plans.Configuration) { c.BatchSize = 4 }, false, false},
		"features":                        {func(_ *plans.Plans, c *plans.Configuration) { c.Architecture.Features[1] = 48 }, false, false},
		"loss":                            {func(_ *plans.Plans, c *plans.Configuration) { c.Loss.Name = plans.Tversky }, false, false},
		"optimiser":                       {func(_ *plans.Plans, c *plans.Configuration) { c.Optimiser.Name = plans.Adam }, false, false},
		"schedule":                        {func(_ *plans.Plans, c *plans.Configuration) { c.Schedule.Warmup, c.Schedule.Name = 3, plans.Poly }, false, false},
		"normalisation":                   {func(_ *plans.Plans, c *plans.Configuration) { c.Normalisation[0].Scheme = plans.CT }, true, true},
		"spacing":                         {func(_ *plans.Plans, c *plans.Configuration) { c.Spacing[2] = 0.8 }, true, true},
		"transposition":                   {func(p *plans.Plans, _ *plans.Configuration) { p.TransposeForward = [3]int{2, 0, 1} }, true, true},
		"intensities that no scheme uses": {func(p *plans.Plans, _ *plans.Configuration) { p.Intensities[0].Mean = 1 }, false, true},
		"the plan's name":                 {func(p *plans.Plans, _ *plans.Configuration) { p.Name = "mine" }, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			p, c := newPlan()
			test.change(p, c)
			after, afterTraining := keys(p, c)
			if (after != before) != test.preprocess {
				t.Errorf("preprocessing key changed: %v, want %v", after != before, test.preprocess)
			}
			if (afterTraining == beforeTraining) != test.retain {
				t.Errorf("training key kept: %v, want %v", afterTraining == beforeTraining, test.retain)
			}
		})
	}
}

func TestIntensitiesCountForCT(t *testing.T) {
	c := &plans.Configuration{Normalisation: []plans.Normalisation{{Scheme: plans.CT}, {Scheme: plans.ZScore}}}
	key := func(first, second float64) string {
		in := inputs{}
		p := &plans.Plans{Intensities: []plans.Intensity{{Mean: first}, {Mean: second}}}
		if err := in.values(preprocessingValues(p, c)); err != nil {
			t.Fatal(err)
		}
		return in.key()
	}
	if key(1, 1) == key(2, 1) {
		t.Error("another mean of a CT channel does not preprocess again")
	}
	if key(1, 1) != key(1, 2) {
		t.Error("another mean of a z-scored channel preprocesses again")
	}
}
