package predict

import (
	"context"

	"github.com/autoseg/autoseg/preprocess"
)

// consumer uses logits as they become final.
type consumer interface {
	// Advance is called when the slices below end are final; source has those from the last call's return
	// value to end. It returns the first slice that it will ask for again.
	Advance(end int, source preprocess.SliceSource) int
}

// spareRows is how many rows more than a tile's height a slab has, so that a row can be forgotten
// one step of the windows after it was finished: resampling looks at two rows at a time. Windows of one
// row (2D networks) get more, so that several rows are brought back at once, on several cores.
const (
	spareRows  = 1
	fewestRows = 16
)

func slabHeight(image *padded, tile [3]int) int {
	return min(image.shape[0], max(tile[0]+spareRows, fewestRows))
}

// stream predicts a preprocessed image row of windows by row of windows and hands logits on as soon as
// no later window reaches them, so that no more than one slab of them exists (per fold).
//
// The folds take turns within a row, their weights being loaded anew each time: that costs a copy of
// the weights per row, where one program per fold would keep an arena per fold, and going through the
// whole image fold by fold would keep the logits of all of it.
func (p *Predictor) stream(ctx context.Context, s *preprocess.Sample, use consumer, vote *agreement, progress func()) error {
	image := p.window.pad(s.Data, s.Channels, s.Shape)
	height := slabHeight(image, p.window.tile)
	logits := newSlab(image.shape, height, p.window.classes, len(p.config.Folds))
	kept := 0 // rows from here on are in the slab
	retire := func(end int) error {
		if err := logits.finish(end, p.window.workers, vote.between(finished{logits, image})); err != nil {
			return err
		}
		inner := max(0, min(end-image.before[0], image.inner[0]))
		kept = image.before[0] + use.Advance(inner, finished{logits, image})
		return nil
	}
	for _, row := range p.window.rows(image.shape) {
		z := row[0][0]
		if z+p.window.tile[0]-kept > height {
			if err := retire(z); err != nil {
				return err
			}
		}
		logits.begin(z+p.window.tile[0], p.window.workers)
		for fold := range p.config.Folds {
			if err := p.load(fold); err != nil {
				return err
			}
			if err := p.window.add(ctx, image, row, logits, fold, progress); err != nil {
				return err
			}
		}
	}
	return retire(image.shape[0])
}

// collector copies logits into one array.
type collector struct {
	preprocess.Logits
	heads, next int
}

func newCollector(shape [3]int, heads int) *collector {
	return &collector{Logits: preprocess.Logits{Shape: shape, Data: make([]float32, heads*shape[0]*shape[1]*shape[2])}, heads: heads}
}

// Advance copies the new slices.
func (c *collector) Advance(end int, source preprocess.SliceSource) int {
	plane := c.Shape[1] * c.Shape[2]
	for ; c.next < end; c.next++ {
		for head := range c.heads {
			source.Slice(c.Data[(head*c.Shape[0]+c.next)*plane:][:plane], head, c.next)
		}
	}
	return end
}
