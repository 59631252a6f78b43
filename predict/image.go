package predict

import (
	"context"
	"fmt"

	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/volume"
)

// Result is the prediction of one image.
type Result struct {
	// Labels is the segmentation in the geometry of the input.
	Labels *volume.Labels
	// Logits are the averaged logits in preprocessed geometry, and Trail leads from there to the input.
	Logits preprocess.Logits
	Trail  preprocess.Trail

	predictor *Predictor
}

// Image predicts an image. progress, if not nil, is called after every window with the number of
// windows done and their total.
func (p *Predictor) Image(ctx context.Context, image *volume.Image, progress func(done, total int)) (*Result, error) {
	s, err := p.Preprocess(image)
	if err != nil {
		return nil, fmt.Errorf("preprocess: %w", err)
	}
	return p.Sample(ctx, s, progress)
}

// Sample predicts a case that has been preprocessed.
func (p *Predictor) Sample(ctx context.Context, s *preprocess.Sample, progress func(done, total int)) (*Result, error) {
	done, total := 0, p.Windows(s.Shape)
	logits, err := p.Logits(ctx, s, func() {
		done++
		if progress != nil {
			progress(done, total)
		}
	})
	if err != nil {
		return nil, err
	}
	labels, err := s.Trail.RestoreLabels(&p.config.Labelling, logits, p.restoreOptions())
	if err != nil {
		return nil, err
	}
	return &Result{Labels: labels, Logits: logits, Trail: s.Trail, predictor: p}, nil
}

// Probabilities returns the probability of every class (or region) in the geometry of the input, one
// channel per class.
func (r *Result) Probabilities() (*volume.Image, error) {
	return r.Trail.RestoreProbabilities(&r.predictor.config.Labelling, r.Logits, r.predictor.restoreOptions())
}

func (p *Predictor) restoreOptions() preprocess.RestoreOptions {
	return preprocess.RestoreOptions{Precision: volume.Half, Workers: p.config.Workers}
}

// Logits returns the averaged logits of a preprocessed image, class first, in its shape. progress, if
// not nil, is called after every window.
func (p *Predictor) Logits(ctx context.Context, s *preprocess.Sample, progress func()) (preprocess.Logits, error) {
	if progress == nil {
		progress = func() {}
	}
	image := pad(s.Data, s.Channels, s.Shape, p.window.size)
	total, err := p.fold(ctx, 0, image, progress)
	if err != nil {
		return preprocess.Logits{}, err
	}
	for k := 1; k < len(p.config.Folds); k++ {
		more, err := p.fold(ctx, k, image, progress)
		if err != nil {
			return preprocess.Logits{}, err
		}
		for i, v := range more {
			total[i] = half(total[i] + v)
		}
	}
	if n := float32(len(p.config.Folds)); n > 1 {
		for i, v := range total {
			total[i] = half(v / n)
		}
	}
	return unpad(image, p.window.classes, total), nil
}

// fold returns the logits of one fold for a padded image.
func (p *Predictor) fold(ctx context.Context, k int, image *padded, progress func()) ([]float32, error) {
	if err := p.load(k); err != nil {
		return nil, err
	}
	n := image.shape[0] * image.shape[1] * image.shape[2]
	sum, weight := make([]float32, p.window.classes*n), make([]float32, n)
	if err := p.window.add(ctx, image, sum, weight, progress); err != nil {
		return nil, err
	}
	parallel.For(p.window.workers, p.window.classes, func(_, c int) {
		row := sum[c*n : (c+1)*n]
		for i, w := range weight {
			row[i] = half(row[i] / w)
		}
	})
	return sum, nil
}

func (p *Predictor) load(fold int) error {
	if p.loaded == fold {
		return nil
	}
	p.loaded = fold
	return p.window.forward.load(p.config.Folds[fold])
}
