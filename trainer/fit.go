package trainer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/weights"
)

// Fitted says what became of weights that a training begins with.
type Fitted struct {
	// Taken were copied, Adapted were fitted to another number of input channels, Fresh have no
	// counterpart of their shape and start from random values, Unused were not needed.
	Taken, Adapted, Fresh, Unused []string
}

// String words the outcome.
func (f Fitted) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d tensors taken", len(f.Taken))
	for _, part := range []struct {
		what  string
		names []string
	}{{"adapted to the input channels", f.Adapted}, {"new", f.Fresh}, {"not used", f.Unused}} {
		if len(part.names) > 0 {
			fmt.Fprintf(&b, "; %d %s: %s", len(part.names), part.what, shortNames(part.names))
		}
	}
	return b.String()
}

// Fit overwrites first values by weights of the same name and shape. The network's first convolution
// is fitted when only its input channels differ: every channel gets the mean over the old ones, scaled
// so that the response to equal channels stays the same. A head for other labels stays as it is.
func Fit(values map[string][]float32, residents []engine.Resident, initial []weights.Tensor) Fitted {
	var f Fitted
	used := map[string]bool{}
	first := true
	for _, r := range residents {
		if isState(r.Name) {
			continue
		}
		source, ok := weights.Find(initial, r.Name)
		switch {
		case ok && slices.Equal(source.Shape, r.Shape):
			copy(values[r.Name], source.Data)
			f.Taken = append(f.Taken, r.Name)
			used[r.Name] = true
		case ok && first && sameButChannels(source.Shape, r.Shape):
			adaptChannels(values[r.Name], source, r.Shape)
			f.Adapted = append(f.Adapted, r.Name)
			used[r.Name] = true
		default:
			f.Fresh = append(f.Fresh, r.Name)
		}
		first = false
	}
	for _, w := range initial {
		if !used[w.Name] {
			f.Unused = append(f.Unused, w.Name)
		}
	}
	return f
}

func sameButChannels(a, b []int) bool {
	return len(a) == len(b) && len(a) > 2 && a[0] == b[0] && slices.Equal(a[2:], b[2:])
}

// adaptChannels fills a weight (out, in, k...) from one with another number of input channels.
func adaptChannels(dst []float32, source weights.Tensor, shape []int) {
	in, had := shape[1], source.Shape[1]
	taps := len(dst) / (shape[0] * in)
	for o := range shape[0] {
		for k := range taps {
			sum := float32(0)
			for c := range had {
				sum += source.Data[(o*had+c)*taps+k]
			}
			for c := range in {
				dst[(o*in+c)*taps+k] = sum / float32(in)
			}
		}
	}
}
