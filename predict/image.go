package predict

import (
	"context"
	"errors"
	"fmt"

	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/volume"
)

// Result is the prediction of one image.
type Result struct {
	// Labels is the segmentation in the geometry of the input.
	Labels *volume.Labels
	// Logits are the averaged logits in preprocessed geometry; they are kept only where the predictor
	// keeps probabilities. Trail leads from there to the input.
	Logits preprocess.Logits
	Trail  preprocess.Trail
	// Agreement is the Dice of the folds' own segmentations with each other per foreground label, in
	// the order of Labelling.Foreground: the mean over pairs of folds, -1 where no fold sees the label.
	// It is nil with a single fold.
	Agreement []float64
	// Quality compares the case with the training cases. Image and Run make it; Sample, which sees no
	// image, leaves it nil.
	Quality *Quality

	predictor *Predictor
}

// Image predicts an image. progress, if not nil, is called after every window with the number of
// windows done and their total.
func (p *Predictor) Image(ctx context.Context, image *volume.Image, progress func(done, total int)) (*Result, error) {
	s, err := p.Preprocess(image)
	if err != nil {
		return nil, fmt.Errorf("preprocess: %w", err)
	}
	d := p.Distance(image, &s.Trail)
	r, err := p.Sample(ctx, s, progress)
	if err == nil {
		r.Quality = p.judge(d, r)
	}
	return r, err
}

// Sample predicts a case that has been preprocessed. Logits are turned into labels as they become final,
// unless the predictor keeps probabilities or the plan resamples them with order 3; the labels are the
// same either way.
func (p *Predictor) Sample(ctx context.Context, s *preprocess.Sample, progress func(done, total int)) (*Result, error) {
	done, total := 0, p.Windows(s.Shape)
	count := func() {
		done++
		if progress != nil {
			progress(done, total)
		}
	}
	tidy(p.slabMemory(&s.Trail))
	vote := newAgreement(p.config.Labelling, len(p.config.Folds), p.window.workers)
	r := &Result{Trail: s.Trail, predictor: p}
	run := p.streamLabels
	if p.keepsLogits(&s.Trail) {
		run = p.wholeLabels
	}
	if err := run(ctx, s, r, vote, count); err != nil {
		return nil, err
	}
	if vote != nil {
		r.Agreement = vote.dice()
	}
	return r, nil
}

// keepsLogits reports whether all logits of a case are in memory together.
func (p *Predictor) keepsLogits(t *preprocess.Trail) bool {
	return p.config.Probabilities || !t.Streamable()
}

func (p *Predictor) streamLabels(ctx context.Context, s *preprocess.Sample, r *Result, vote *agreement, progress func()) error {
	labels, err := s.Trail.LabelStream(&p.config.Labelling, p.restoreOptions())
	if err != nil {
		return err
	}
	r.Labels = labels.Labels()
	return p.stream(ctx, s, labels, vote, progress)
}

func (p *Predictor) wholeLabels(ctx context.Context, s *preprocess.Sample, r *Result, vote *agreement, progress func()) error {
	all := newCollector(s.Shape, p.window.classes)
	if err := p.stream(ctx, s, all, vote, progress); err != nil {
		return err
	}
	if p.config.Probabilities {
		r.Logits = all.Logits
	}
	var err error
	r.Labels, err = s.Trail.RestoreLabels(&p.config.Labelling, all.Logits, p.restoreOptions())
	return err
}

// Probabilities returns the probability of every class (or region) in the geometry of the input, one
// channel per class. The predictor must keep probabilities.
func (r *Result) Probabilities() (*volume.Image, error) {
	if r.Logits.Data == nil {
		return nil, errors.New("predict: the logits were not kept; set Probabilities in the configuration of the predictor")
	}
	return r.Trail.RestoreProbabilities(&r.predictor.config.Labelling, r.Logits, r.predictor.restoreOptions())
}

func (p *Predictor) restoreOptions() preprocess.RestoreOptions {
	return preprocess.RestoreOptions{Precision: volume.Half, Workers: p.config.Workers}
}

// Logits returns the averaged logits of a preprocessed image, class first, in its shape: all in memory,
// unlike Sample. progress, if not nil, is called after every window.
func (p *Predictor) Logits(ctx context.Context, s *preprocess.Sample, progress func()) (preprocess.Logits, error) {
	if progress == nil {
		progress = func() {}
	}
	all := newCollector(s.Shape, p.window.classes)
	err := p.stream(ctx, s, all, nil, progress)
	return all.Logits, err
}

func (p *Predictor) load(fold int) error {
	if p.loaded == fold {
		return nil
	}
	p.loaded = -1
	if err := p.window.forward.load(p.config.Folds[fold]); err != nil {
		return err
	}
	p.loaded = fold
	return nil
}
