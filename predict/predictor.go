package predict

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/fingerprint"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/weights"
)

// Config says how images are predicted.
type Config struct {
	// Plans and Configuration describe the network and its preprocessing.
	Plans         *plans.Plans
	Configuration string
	// Labelling says what the logits mean.
	Labelling dataset.Labelling
	// Fingerprint is what was measured on the training cases, for the quality of results. Without it the
	// plan's medians are what images are compared with.
	Fingerprint *fingerprint.Fingerprint
	// Folds holds the weights of every network whose logits are averaged.
	Folds [][]weights.Tensor
	// MirrorAxes are the spatial axes along which patches are mirrored; nil predicts them as they are.
	MirrorAxes []int
	// Step is the distance of neighbouring windows as a share of what the network makes of a patch; 0 means
	// 0.5, and 1 for an unpadded network, whose windows need not overlap.
	Step float64
	// Probabilities keeps the logits of a case, all in memory, so that Result.Probabilities can be
	// asked for. Without, no more than one slab of them exists.
	Probabilities bool
	// Workers is the number of goroutines of what surrounds the network; 0 means one.
	Workers int
	// Executor runs the network.
	Executor engine.Executor
}

// Validate reports the first field that makes no sense.
func (c *Config) Validate() error {
	switch {
	case c.Plans == nil || c.Executor == nil:
		return errors.New("predict: plans and executor are needed")
	case len(c.Folds) == 0:
		return errors.New("predict: no fold to predict with")
	case c.Step < 0 || c.Step > 1:
		return fmt.Errorf("predict: step %g: want a share of the patch, more than 0 and at most 1", c.Step)
	}
	for _, a := range c.MirrorAxes {
		if a < 0 || a > 2 {
			return fmt.Errorf("predict: mirror axis %d: there are axes 0 to 2", a)
		}
	}
	return nil
}

// Predictor predicts images with one configuration. It is used by one goroutine at a time.
type Predictor struct {
	config      Config
	channels    int // of images
	description dataset.Description
	pipeline    *preprocess.Pipeline
	window      *window
	loaded      int // the fold whose weights the network holds, or -1
}

// New compiles the network of a configuration.
func New(config Config) (*Predictor, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	c, err := config.Plans.Configuration(config.Configuration)
	if err != nil {
		return nil, err
	}
	pipeline, err := preprocess.New(config.Plans, config.Configuration, &config.Labelling)
	if err != nil {
		return nil, err
	}
	pipeline.Workers = config.Workers
	w, err := newWindow(config, c)
	if err != nil {
		return nil, fmt.Errorf("predict with %s: %w", config.Configuration, err)
	}
	return &Predictor{config: config, channels: len(c.Normalisation), pipeline: pipeline, window: w, loaded: -1}, nil
}

func newWindow(config Config, c *plans.Configuration) (*window, error) {
	w := &window{classes: config.Labelling.Heads(), workers: max(1, config.Workers)}
	size := [3]int{1, 1, 1}
	copy(size[3-len(c.PatchSize):], c.PatchSize)
	// A 2D network's axes 0 and 1 are y and x.
	axes := make([]int, len(config.MirrorAxes))
	for i, a := range config.MirrorAxes {
		axes[i] = a + 3 - c.Dimensions()
		if axes[i] > 2 {
			return nil, fmt.Errorf("mirror axis %d for a network of %d dimensions", a, c.Dimensions())
		}
	}
	w.masks = mirrorings(axes)
	f, err := newForward(c.Architecture, inputChannels(config, c), w.classes, size, config.Executor)
	if err != nil {
		return nil, err
	}
	w.forward = f
	w.tiles = newTiles(size, f.output.Shape[2:], c.Architecture.Divisor(), config.Step)
	w.gauss = w.weights()
	return w, nil
}

// inputChannels counts the image's channels and, behind another stage, one per foreground label.
func inputChannels(config Config, c *plans.Configuration) int {
	n := len(c.Normalisation)
	if c.PreviousStage != "" {
		n += len(config.Labelling.Foreground())
	}
	return n
}

// imageChannels is the number of channels of images, inputChannels that of the network's input.
func (p *Predictor) imageChannels() int { return p.channels }

func (p *Predictor) inputChannels() int { return p.window.forward.input.Shape[1] }

// Options choose what Open predicts with.
type Options struct {
	// Folds are the folds to average; none means every trained one.
	Folds []string
	// Checkpoint chooses the weights of a fold.
	Checkpoint model.Checkpoint
	// NoMirror predicts patches as they are.
	NoMirror bool
	// Step, Probabilities, Workers and Executor are those of Config.
	Step          float64
	Probabilities bool
	Workers       int
	Executor      engine.Executor
}

// Open makes a predictor from a model folder, ours or nnU-Net's.
func Open(dir string, o Options) (*Predictor, error) {
	folder, err := model.Open(dir, o.Checkpoint)
	if err != nil {
		return nil, err
	}
	folds, err := folder.Choose(o.Folds)
	if err != nil {
		return nil, err
	}
	c := Config{Plans: folder.Plans, Labelling: folder.Description.Labelling, Step: o.Step,
		Probabilities: o.Probabilities, Workers: o.Workers, Executor: o.Executor}
	path := filepath.Join(dir, "dataset_fingerprint.json")
	if _, err := os.Stat(path); err == nil { // older models of nnU-Net lack it
		if c.Fingerprint, err = fingerprint.Read(path); err != nil {
			return nil, err
		}
	}
	for i, k := range folds {
		fold, err := folder.Weights(k)
		if err != nil {
			return nil, err
		}
		c.Folds = append(c.Folds, fold.Tensors)
		if i == 0 { // nnU-Net takes configuration and mirroring from the first fold
			c.Configuration, c.MirrorAxes = fold.Configuration, fold.MirrorAxes
		}
	}
	if o.NoMirror {
		c.MirrorAxes = nil
	}
	p, err := New(c)
	if err == nil {
		p.description = *folder.Description
	}
	return p, err
}

// Description returns the dataset.json of the model that Open read.
func (p *Predictor) Description() dataset.Description { return p.description }

// Close gives the network's memory back.
func (p *Predictor) Close() error { return p.window.forward.close() }

// Preprocess brings an image into the geometry and intensities that the network was trained on.
func (p *Predictor) Preprocess(image *volume.Image) (*preprocess.Sample, error) {
	return p.pipeline.Run(image, nil)
}

// Windows returns how many windows an image of a preprocessed shape takes, all folds counted.
func (p *Predictor) Windows(shape [3]int) int {
	rows := p.window.rows(p.window.pad(nil, 0, shape).shape)
	return len(p.config.Folds) * len(rows) * len(rows[0])
}
