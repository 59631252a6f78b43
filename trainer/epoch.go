package trainer

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/autoseg/autoseg/plans"
)

// openLoaders starts the workers where the state stands.
func (t *Trainer) openLoaders() {
	t.closeLoaders()
	s := t.state
	if s.Phase == Finished {
		return
	}
	segment := s.Resolved.at(s.Epoch)
	epoch, iteration, validated := s.Epoch, s.Iteration, 0
	if s.Phase == Validating {
		epoch, iteration, validated = s.Epoch+1, 0, s.Iteration
	}
	t.training = NewLoader(t.data.training, t.config.Workers, epoch, iteration, segment.Iterations)
	if segment.ValidationIterations > 0 {
		t.validation = NewLoader(t.data.validation, 1, s.Epoch, validated, segment.ValidationIterations)
	}
	t.epochStart = time.Now()
}

func (t *Trainer) closeLoaders() {
	for _, l := range []*Loader{t.training, t.validation} {
		if l != nil {
			l.Close()
		}
	}
	t.training, t.validation = nil, nil
}

// epoch does what is left of the epoch under way.
func (t *Trainer) epoch(ctx context.Context) error {
	s := t.state
	segment := s.Resolved.at(s.Epoch)
	t.progress() // the clock of what is left starts here, and the total may be another one
	for s.Phase == Training {
		if s.Iteration == segment.Iterations {
			s.Phase, s.Iteration = Validating, 0
			break
		}
		if ctx.Err() != nil {
			return t.interrupted(ctx)
		}
		t.job.announce("training iteration")
		switch err := t.iterate(ctx); {
		case errors.Is(err, errRestart):
			t.openLoaders()
			s = t.state
		case err != nil:
			return err
		}
	}
	for s.Iteration < segment.ValidationIterations {
		if ctx.Err() != nil {
			return t.interrupted(ctx)
		}
		t.job.announce("validation iteration")
		if err := t.look(ctx); err != nil {
			return err
		}
	}
	return t.endEpoch(context.WithoutCancel(ctx), segment)
}

// iterate makes one update.
func (t *Trainer) iterate(ctx context.Context) error {
	b, err := t.training.Next(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return t.interrupted(ctx)
		}
		return err
	}
	defer t.training.Recycle(b)
	loss, err := t.step.Step(ctx, t.moment(), b)
	if err != nil {
		return err
	}
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return t.diverged(loss, b)
	}
	s := t.state
	s.Updates++
	s.Iteration++
	s.TrainLossSum += number(loss)
	for i, n := range b.Seen {
		s.Seen[i] += int64(n)
	}
	t.progress()
	return nil
}

// look evaluates one validation batch.
func (t *Trainer) look(ctx context.Context) error {
	b, err := t.validation.Next(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return t.interrupted(ctx)
		}
		return err
	}
	defer t.validation.Recycle(b)
	loss, err := t.step.Evaluate(context.WithoutCancel(ctx), b, t.logits)
	if err != nil {
		return err
	}
	t.state.ValidationLossSum += number(loss)
	t.state.Tally.add(t.scoring, t.logits, b.Targets[0])
	t.state.Iteration++
	t.progress()
	return nil
}

// progress tells how many iterations of the whole training are done.
func (t *Trainer) progress() {
	if t.job.Progress == nil {
		return
	}
	s := t.state
	done, total := 0, 0
	for e := range s.Resolved.at(s.Epoch).Epochs {
		segment := s.Resolved.at(e)
		n := segment.Iterations + segment.ValidationIterations
		if e < s.Epoch {
			done += n
		}
		total += n
	}
	done += s.Iteration
	if s.Phase == Validating {
		done += s.Resolved.at(s.Epoch).Iterations
	}
	t.job.Progress(done, total)
}

// endEpoch does the bookkeeping between two epochs, in nnU-Net's order: averages, best weights,
// picture, checkpoint.
func (t *Trainer) endEpoch(ctx context.Context, segment Segment) error {
	s := t.state
	e := t.summarise(segment)
	s.History = append(s.History, e)
	if err := t.logEpoch(e); err != nil {
		return err
	}
	if err := t.warnOfEpoch(e, segment); err != nil {
		return err
	}
	stop := s.Plateau.Observe(float64(e.TrainLoss), float64(e.ValidationLoss), float64(e.Rate)) && t.config.Schedule == plans.Plateau
	if t.config.Schedule != plans.Plateau {
		s.Plateau.Factor = 1
	}
	if err := t.download(); err != nil {
		return err
	}
	if err := t.keepBest(e); err != nil {
		return err
	}
	if err := t.watch(ctx); err != nil {
		return err
	}
	s.Epoch++
	s.Phase, s.Iteration = Training, 0
	s.TrainLossSum, s.ValidationLossSum = 0, 0
	s.Tally = newTally(t.scoring.scores())
	clear(s.Seen)
	if t.config.Patience > 0 && s.Epoch-1-s.BestEpoch >= t.config.Patience {
		stop = true
	}
	if stop || s.Epoch >= segment.Epochs {
		s.Phase = Finished
		return nil
	}
	t.good = s.clone()
	t.epochStart = time.Now()
	if err := t.adapt(segment, e); err != nil {
		return err
	}
	if next := s.Resolved.at(s.Epoch); next.Iterations != segment.Iterations || next.ValidationIterations != segment.ValidationIterations {
		t.openLoaders()
	}
	if err := t.plot(false); err != nil {
		return err
	}
	if s.Epoch%50 == 0 || time.Since(t.lastCheckpoint) >= t.config.CheckpointEvery {
		return t.save()
	}
	return nil
}

// summarise returns what the epoch came to and takes it into the moving average.
func (t *Trainer) summarise(segment Segment) Epoch {
	s := t.state
	e := Epoch{
		Rate: number(s.rate(t.config)), TrainLoss: s.TrainLossSum / number(segment.Iterations),
		ValidationLoss: number(math.NaN()), MeanDice: number(math.NaN()), EMA: number(math.NaN()),
		Time: time.Since(t.epochStart), Waited: t.training.Waited(),
	}
	if segment.ValidationIterations == 0 {
		return e
	}
	e.Waited += t.validation.Waited()
	e.ValidationLoss = s.ValidationLossSum / number(segment.ValidationIterations)
	dice := s.Tally.Dice()
	mean := meanDice(dice)
	s.EMA.Add(mean, 0.1)
	e.Dice, e.MeanDice = numbers(dice), number(mean)
	if s.EMA.Any {
		e.EMA = number(s.EMA.Value)
	}
	return e
}

// keepBest writes the weights when the moving average is higher than ever.
func (t *Trainer) keepBest(e Epoch) error {
	s := t.state
	if !s.EMA.Any || !(s.EMA.Value > float64(s.Best)) {
		return nil
	}
	s.Best, s.BestEpoch = number(s.EMA.Value), s.Epoch
	if err := t.writeWeights("best.safetensors", s.Epoch+1); err != nil {
		return err
	}
	return t.log(Event{Event: "best", Epoch: s.Epoch, EMA: &e.EMA})
}

func (t *Trainer) logEpoch(e Epoch) error {
	waited := e.Waited.Seconds()
	return t.log(Event{
		Event: "epoch", Epoch: t.state.Epoch, Rate: float64(e.Rate), TrainLoss: &e.TrainLoss, ValidationLoss: &e.ValidationLoss,
		Dice: e.Dice, MeanDice: &e.MeanDice, EMA: &e.EMA, Seconds: e.Time.Seconds(), Waited: &waited,
	})
}
