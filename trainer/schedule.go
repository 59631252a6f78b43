package trainer

import (
	"math"

	"github.com/autoseg/autoseg/plans"
)

// RateAt returns the learning rate of an epoch under a resolved schedule. It depends on the share of
// the training that is done, so it reaches its end however often the length was changed on the way:
//
//	poly      rate · (1-progress)^0.9
//	cosine    rate · (1+cos(π·progress))/2
//	constant  rate
//	plateau   rate; the falls are the plateau rule's, see Plateau
//
// A warm-up of w epochs goes before: rate · (epoch+1)/w (nnUNetTrainer_warmup).
func (c *Config) RateAt(resolved Resolved, epoch int) float64 {
	warmup := c.warmup(resolved)
	if epoch < warmup {
		return c.Rate * float64(epoch+1) / float64(warmup)
	}
	progress := resolved.progress(epoch, warmup)
	switch c.Schedule {
	case plans.Poly:
		return c.Rate * math.Pow(1-progress, 0.9)
	case plans.Cosine:
		return c.Rate * (1 + math.Cos(math.Pi*progress)) / 2
	}
	return c.Rate
}

// warmup returns the length of the warm-up: its share of the training stays what it was before a deadline
// shortened the training, or there would be nothing left of it for the rate to fall.
func (c *Config) warmup(resolved Resolved) int {
	if epochs := resolved[0].Epochs; epochs < c.Epochs {
		return (c.Warmup*epochs + c.Epochs - 1) / c.Epochs
	}
	return c.Warmup
}

// Plateau is the rule of nnU-Net's 2018 entry: the rate falls to a fifth when the moving average of
// the training loss (0.93 old, 0.07 new) has not improved by 5e-3 for 30 epochs, and the training ends
// when that of the validation loss has not improved for 60 epochs and the rate is below 1e-6.
type Plateau struct {
	Factor                          float64 // of the rate, now
	Train, Validation               Average
	BestTrain, BestValidation       float64
	TrainPatience, ValidationStreak int
}

// Average is an exponential moving average that starts with its first value.
type Average struct {
	Value float64
	Any   bool
}

// Add takes a value in with weight w. What is not finite is left out, so that one such epoch does not
// spoil the rest.
func (a *Average) Add(v, w float64) {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
	case a.Any:
		a.Value = (1-w)*a.Value + w*v
	default:
		a.Value, a.Any = v, true
	}
}

// Observe takes in the losses of an epoch and reports whether the training is to end. rate is the rate
// of that epoch.
func (p *Plateau) Observe(train, validation, rate float64) (stop bool) {
	first := !p.Train.Any
	p.Train.Add(train, 0.07)
	p.Validation.Add(validation, 0.07)
	if first || p.Train.Value < p.BestTrain-5e-3 {
		p.BestTrain, p.TrainPatience = p.Train.Value, 0
	} else {
		p.TrainPatience++
	}
	if first || p.Validation.Value < p.BestValidation {
		p.BestValidation, p.ValidationStreak = p.Validation.Value, 0
	} else {
		p.ValidationStreak++
	}
	if p.TrainPatience >= 30 {
		p.Factor, p.TrainPatience = p.Factor/5, 0
	}
	return p.ValidationStreak >= 60 && rate < 1e-6
}
