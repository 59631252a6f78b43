package trainer

import (
	"math"
	"time"
)

// State is where a training stands, apart from the parameters and the optimiser's states.
type State struct {
	// Settings identifies everything that the weights depend on; a checkpoint of other settings is not
	// gone on with.
	Settings string `json:"settings"`
	// Epoch counts finished epochs. Phase says what is under way in the next one, and Iteration how many
	// iterations of that are done.
	Epoch     int   `json:"epoch"`
	Phase     Phase `json:"phase"`
	Iteration int   `json:"iteration"`
	// Updates counts the optimiser's steps since the beginning.
	Updates int `json:"updates"`
	// Resolved is the length of the training as decided so far.
	Resolved Resolved `json:"resolved"`
	// RateFactor is what the watchdog has multiplied the rate by; 1 until it rolls back.
	RateFactor float64 `json:"rate_factor"`
	// RolledBack says that the watchdog has rolled back.
	RolledBack bool    `json:"rolled_back"`
	Plateau    Plateau `json:"plateau"`
	// LossSum and Tally belong to the epoch under way.
	TrainLossSum      number  `json:"train_loss_sum"`
	ValidationLossSum number  `json:"validation_loss_sum"`
	Tally             Tally   `json:"tally"`
	Seen              []int64 `json:"seen"`
	// Validated says that the final weights have been validated: nothing is left to do.
	Validated bool `json:"validated"`
	// EMA is the moving average of the mean pseudo Dice, Best its largest value and BestEpoch where.
	EMA       Average `json:"ema"`
	Best      number  `json:"best"`
	BestEpoch int     `json:"best_epoch"`
	// History holds one entry per finished epoch.
	History []Epoch `json:"history"`
}

// Phase is a part of an epoch.
type Phase string

// The phases.
const (
	Training   Phase = "training"
	Validating Phase = "validation"
	Finished   Phase = "finished"
)

// Epoch is what one epoch came to.
type Epoch struct {
	Rate           number        `json:"rate"`
	TrainLoss      number        `json:"train_loss"`
	ValidationLoss number        `json:"validation_loss"`
	Dice           []number      `json:"dice"`
	MeanDice       number        `json:"mean_dice"`
	EMA            number        `json:"ema"`
	Time           time.Duration `json:"time_ns"`
	Waited         time.Duration `json:"waited_ns"`
}

func newState(settings string, resolved Resolved, scores, classes int) *State {
	return &State{
		Settings: settings, Phase: Training, Resolved: resolved, RateFactor: 1, Plateau: Plateau{Factor: 1},
		Tally: newTally(scores), Seen: make([]int64, classes), Best: number(math.Inf(-1)), BestEpoch: -1,
	}
}

// rate returns the learning rate of the epoch under way.
func (s *State) rate(c *Config) float64 {
	return c.RateAt(s.Resolved, s.Epoch) * s.RateFactor * s.Plateau.Factor
}
