package trainer

import (
	"image"
	"image/color"
	"image/png"
	"io"
	"math"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/internal/atomicfile"
)

// sight is the middle slice of a layer as shades from 0 to 1.
type sight struct {
	height, width int
	shades        []float64
}

// sight reduces a layer's result, (1, channel, [z,] y, x), to one number per voxel of its middle slice: for
// scores the probability that it is foreground; for coefficients from 0 to 1 their mean over the channels; and
// for other activations that mean from its least to its largest value.
func (t *Trainer) sight(a engine.Array, scores bool) sight {
	s := a.Shape[2:]
	height, width := s[len(s)-2], s[len(s)-1]
	space, from := s.Size(), 0
	if len(s) == 3 {
		from = s[0] / 2 * height * width
	}
	r := sight{height, width, make([]float64, height*width)}
	values := make([]float64, a.Shape[1])
	for i := range r.shades {
		for c := range values {
			values[c] = float64(a.F32[c*space+from+i])
		}
		if scores {
			r.shades[i] = foreground(values, t.job.Labelling.HasRegions())
		} else {
			for _, v := range values {
				r.shades[i] += v / float64(len(values))
			}
		}
	}
	r.stretch()
	return r
}

// foreground returns the probability that a voxel with these logits is foreground, or in the likeliest region.
func foreground(logits []float64, regions bool) float64 {
	largest := math.Inf(-1)
	for _, z := range logits {
		largest = max(largest, z)
	}
	if regions {
		return 1 / (1 + math.Exp(-largest))
	}
	sum := 0.0
	for _, z := range logits {
		sum += math.Exp(z - largest)
	}
	return 1 - math.Exp(logits[0]-largest)/sum
}

// stretch brings shades that are not from 0 to 1 there.
func (s *sight) stretch() {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range s.shades {
		low, high = min(low, v), max(high, v)
	}
	if low >= 0 && high <= 1 || high == low {
		return
	}
	for i, v := range s.shades {
		s.shades[i] = (v - low) / (high - low)
	}
}

// leastSide is how many pixels the longer side of a picture has at least, so that coarse layers can be seen.
const leastSide = 256

// writePicture writes shades as a grey PNG, every voxel as a square of pixels.
func writePicture(path string, s sight) error {
	zoom := max(1, leastSide/max(s.height, s.width, 1))
	picture := image.NewGray(image.Rect(0, 0, s.width*zoom, s.height*zoom))
	for y := range s.height * zoom {
		for x := range s.width * zoom {
			v := s.shades[y/zoom*s.width+x/zoom]
			picture.SetGray(x, y, color.Gray{Y: uint8(255*min(1, max(0, v)) + 0.5)})
		}
	}
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, picture) })
}
