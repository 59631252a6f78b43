package plans

import (
	"reflect"
	"strings"
	"testing"
)

// withLoss puts a loss behind the first batch_dice of the sample.
func withLoss(t *testing.T, text string) string {
	return strings.Replace(sample(t), "    batch_dice: true\n", "    batch_dice: true\n    loss: "+text+"\n", 1)
}

func TestLossOfAPlan(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Loss
	}{
		"name":       {"tversky", Loss{Name: Tversky, Alpha: 0.3, Beta: 0.7}},
		"parameters": {"{name: focal_tversky, alpha: 0.5, gamma: 2}", Loss{Name: FocalTversky, Alpha: 0.5, Beta: 0.7, Gamma: 2}},
		"border":     {"{sigma: 3, balance: false, name: weighted_ce}", Loss{Name: WeightedCE, W0: 10, Sigma: 3}},
		"weights":    {"{name: focal, class_weights: [1, 2]}", Loss{Name: Focal, Gamma: 2, ClassWeights: []float64{1, 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := parse(t, withLoss(t, c.text))
			for range 2 { // as read, and as written and read again
				full, err := p.Configuration("2d")
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(full.Loss, c.want) {
					t.Errorf("got %+v, want %+v", full.Loss, c.want)
				}
				p = parse(t, written(t, p))
			}
		})
	}
	if text := written(t, parse(t, sample(t))); strings.Contains(text, "loss:") {
		t.Error("a plan without a loss was written with one")
	}
}

func TestBadLossesOfAPlan(t *testing.T) {
	for name, c := range map[string]struct{ text, field, want string }{
		"no such loss":          {"tverski", "configurations.2d.loss", "did you mean tversky?"},
		"no such loss, mapping": {"{name: hinge}", "configurations.2d.loss.name", "want one of"},
		"no name":               {"{alpha: 1}", "configurations.2d.loss", "has no name"},
		"foreign parameter":     {"{name: tversky, gamma: 2}", "configurations.2d.loss.gamma", "is no key"},
		"negative":              {"{name: tversky, alpha: -1}", "configurations.2d.loss.alpha", "want a number from 0"},
		"no error costs":        {"{name: tversky, alpha: 0, beta: 0}", "configurations.2d.loss.alpha", "both 0"},
		"not a number":          {"{name: topk, k: many}", "configurations.2d.loss.k", "number"},
		"share":                 {"{name: topk, k: 0}", "configurations.2d.loss.k", "want a number"},
		"no width":              {"{name: weighted_ce, sigma: 0}", "configurations.2d.loss.sigma", "want a number"},
		"nan":                   {"{name: focal, gamma: .nan}", "configurations.2d.loss.gamma", "want a number"},
		"weights":               {"{name: focal, class_weights: [1, -2]}", "configurations.2d.loss.class_weights[1]", "at least 0"},
		"no weights":            {"{name: focal, class_weights: [0, 0]}", "configurations.2d.loss.class_weights", "nothing above 0"},
		"ramp":                  {"{name: boundary, start: 0.5, end: 0.1}", "configurations.2d.loss.end", "below start"},
		"list":                  {"[tversky]", "configurations.2d.loss", "want"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("plan.yaml", []byte(withLoss(t, c.text)))
			if err == nil || !strings.Contains(err.Error(), "plan.yaml:") || !strings.Contains(err.Error(), c.field+" ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant file and line, %q and %q", err, c.field, c.want)
			}
		})
	}
}
