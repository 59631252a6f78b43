package predict

import (
	"runtime/debug"

	"github.com/autoseg/autoseg/preprocess"
	"github.com/autoseg/autoseg/volume"
)

const (
	// processBytes is what the process needs besides arrays: itself, its goroutines, buffers of files.
	processBytes = 40 << 20
	// tidyBytes is the size from which an array that is no longer needed is given back to the system
	// before the next one is made. Left alone the collector would wait until the heap has doubled.
	tidyBytes = 32 << 20
)

// Plan announces the memory that the prediction of one image takes, in bytes of resident memory.
type Plan struct {
	// Shape is that of the file and Resampled that of the preprocessed image (nothing cropped away).
	Shape     [3]int `json:"shape"`
	Resampled [3]int `json:"resampled"`
	// Windows counts the runs of the network, mirrored ones and folds included.
	Windows int `json:"windows"`
	// Program is the process, the weights of all folds and the network with its activations and tile.
	Program int64 `json:"program"`
	// Image is the preprocessed image.
	Image int64 `json:"image"`
	// Logits is what grows with the number of classes: one slab as high as a patch per fold; all of them
	// where probabilities are kept.
	Logits int64 `json:"logits"`
	// Labels is the result, with the working memory of the way back to the file's grid.
	Labels int64 `json:"labels"`
	// Preprocessing is the peak of reading and preprocessing, beside the program.
	Preprocessing int64 `json:"preprocessing"`
	// Peak is the largest sum of what exists at one time, when this is the first image.
	Peak int64 `json:"peak"`

	activations int64 // part of Program that the system gives only when the network runs first
}

// later is the peak when the network has run before.
func (p *Plan) later() int64 { return p.Program + max(p.Preprocessing, p.predicting()) }

// predicting is the memory while the network works, beside the program.
func (p *Plan) predicting() int64 { return p.Image + p.Logits + p.Labels }

// Plan announces the memory of predicting an image of a geometry, before its nonzero region is known.
func (p *Predictor) Plan(g volume.Geometry) Plan {
	t := p.pipeline.Uncropped(g)
	c, inputs := p.imageChannels(), p.inputChannels()
	m := Plan{Shape: g.Shape, Resampled: t.Resampled, Windows: p.Windows(t.Resampled) * len(p.window.masks)}
	m.Program, m.activations = p.memory()
	m.Image = 4 * int64(inputs) * count(t.Resampled)
	m.Preprocessing = p.pipeline.ImageMemory(&t, c)
	if inputs > c { // the previous stage's segmentation and its resampling, then image and channels side by side
		m.Preprocessing += 2*2*count(t.Cropped) + 2*count(t.Resampled)
		m.Preprocessing = max(m.Preprocessing, m.Image+4*int64(c)*count(t.Resampled)+2*count(t.Resampled))
	}
	m.Labels = 2 * count(g.Shape)
	m.Logits = p.slabMemory(&t)
	if p.keepsLogits(&t) {
		m.Logits += p.wholeMemory(&t)
	}
	plane := int64(t.Cropped[1] * t.Cropped[2])
	m.Labels += int64(p.window.workers) * (2*4*int64(t.Resampled[1]*t.Resampled[2]) + (4+4+2)*plane)
	m.Peak = m.Program + max(m.Preprocessing-m.activations, m.predicting())
	return m
}

// memory is what the predictor holds whatever the image, and how much of it only from the first run on.
func (p *Predictor) memory() (all, activations int64) {
	f := p.window.forward
	r := f.program.Memory()
	tile := len(f.input.F32) + len(f.output.F32)
	if len(p.window.masks) > 1 {
		tile *= 2
	}
	held := len(p.window.gauss)
	for _, fold := range p.config.Folds {
		for _, t := range fold {
			held += len(t.Data)
		}
	}
	activations = int64(r.Arena) + int64(r.Resident) + 4*int64(tile)
	return processBytes + 4*int64(held) + activations, activations
}

// slabMemory is the memory of sums and weights.
func (p *Predictor) slabMemory(t *preprocess.Trail) int64 {
	image := p.window.pad(nil, 0, t.Resampled)
	voxels := int64(slabHeight(image, p.window.tile)) * int64(image.shape[1]*image.shape[2])
	return voxels * int64(2*p.window.classes*len(p.config.Folds)+4)
}

// wholeMemory is the memory of all logits and of what becomes of them in the shape of the file.
func (p *Predictor) wholeMemory(t *preprocess.Trail) int64 {
	m := 4 * int64(p.window.classes) * count(t.Resampled)
	if !t.Streamable() {
		m += 4 * int64(p.window.classes) * count(t.Cropped)
	}
	if p.config.Probabilities {
		m += 4 * int64(p.window.classes) * count(t.FileShape)
	}
	// Slices of all heads together, per worker.
	return m + int64(p.window.workers*p.window.classes)*4*int64(t.Cropped[1]*t.Cropped[2])
}

func count(shape [3]int) int64 { return int64(shape[0]) * int64(shape[1]) * int64(shape[2]) }

// tidy gives back the memory of arrays that are no longer used.
func tidy(bytes int64) {
	if bytes < tidyBytes {
		return
	}
	debug.FreeOSMemory()
}
