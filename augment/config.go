package augment

import (
	"fmt"
	"slices"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/plans"
)

// Config is what a pipeline has to know.
type Config struct {
	// PatchSize is the final patch, two or three numbers.
	PatchSize []int
	// Channels is the number of image channels of the preprocessed case.
	Channels int
	// Masked marks the channels that are zero outside of the nonzero region (use_mask_for_norm).
	Masked []bool
	// Levels holds, per level of deep supervision, what the full resolution is multiplied by per axis.
	Levels [][]float64
	// Margin is how much smaller the network's result is than the patch, per axis and side; nil means not
	// at all. Targets are that much smaller.
	Margin []int
	// Regions are the label sets of a region network, else nil. Ignore is the ignore label, or -1.
	Regions [][]int
	Ignore  int
	// Map, if not nil, adds channels to the targets.
	Map Map
	// Previous are the foreground labels of the previous stage in a cascade, ascending, else nil.
	Previous []int
	// MirrorAxes are the axes that may be flipped, counted in the patch; nil means all.
	MirrorAxes []int
}

// ForConfiguration returns the settings of a planned configuration.
func ForConfiguration(c *plans.Configuration, labelling dataset.Labelling) Config {
	config := Config{PatchSize: c.PatchSize, Channels: len(c.Normalisation), Ignore: -1}
	for _, n := range c.Normalisation {
		config.Masked = append(config.Masked, n.UseMask)
	}
	config.Levels = Levels(c.Architecture.Strides)
	for _, r := range labelling.Regions() {
		config.Regions = append(config.Regions, r.Labels)
	}
	if label, ok := labelling.Ignore(); ok {
		config.Ignore = label
	}
	if c.PreviousStage != "" {
		config.Previous = labelling.Foreground()
	}
	return config
}

// Levels returns the scales of the outputs of a U-Net with these strides: one over the cumulative
// products, of all stages but the last.
func Levels(strides [][]int) [][]float64 {
	var levels [][]float64
	product := make([]float64, len(strides[0]))
	for i := range product {
		product[i] = 1
	}
	for _, stride := range strides[:max(1, len(strides)-1)] {
		level := make([]float64, len(stride))
		for i, s := range stride {
			product[i] *= float64(s)
			level[i] = 1 / product[i]
		}
		levels = append(levels, level)
	}
	return levels
}

// Validate reports the first setting that makes no sense.
func (c *Config) Validate() error {
	axes := len(c.PatchSize)
	if axes != 2 && axes != 3 {
		return fmt.Errorf("augmentation: patch %v, want two or three numbers", c.PatchSize)
	}
	if slices.Min(c.PatchSize) < 1 {
		return fmt.Errorf("augmentation: patch %v, want positive numbers", c.PatchSize)
	}
	if c.Channels < 1 {
		return fmt.Errorf("augmentation: %d channels, want at least one", c.Channels)
	}
	if len(c.Masked) > c.Channels {
		return fmt.Errorf("augmentation: masks of %d channels, the image has %d", len(c.Masked), c.Channels)
	}
	if len(c.Levels) == 0 {
		return fmt.Errorf("augmentation: no level of targets")
	}
	for _, level := range c.Levels {
		if len(level) != axes {
			return fmt.Errorf("augmentation: level %v for a patch of %d axes", level, axes)
		}
	}
	if c.Margin != nil && len(c.Margin) != axes {
		return fmt.Errorf("augmentation: margin %v for a patch of %d axes", c.Margin, axes)
	}
	for i, m := range c.Margin {
		if m < 0 || 2*m >= c.PatchSize[i] {
			return fmt.Errorf("augmentation: a margin of %v leaves nothing of the patch %v", c.Margin, c.PatchSize)
		}
	}
	for _, axis := range c.MirrorAxes {
		if axis < 0 || axis >= axes {
			return fmt.Errorf("augmentation: mirror axis %d of a patch with %d axes", axis, axes)
		}
	}
	return nil
}

// three returns a shape of two or three numbers as three, with one voxel along axis 0 in 2D.
func three(shape []int) [3]int {
	if len(shape) == 2 {
		return [3]int{1, shape[0], shape[1]}
	}
	return [3]int(shape)
}

// margin returns the margin along three axes.
func (c *Config) margin() [3]int {
	var m [3]int
	copy(m[3-len(c.PatchSize):], c.Margin)
	return m
}

// shapes returns the shapes of the target levels.
func (c *Config) shapes() [][3]int {
	var r [][3]int
	for _, level := range c.Levels {
		shape := make([]int, len(level))
		for i, s := range level {
			n := c.PatchSize[i]
			if c.Margin != nil {
				n -= 2 * c.Margin[i]
			}
			shape[i] = scaledSize(n, s)
		}
		r = append(r, three(shape))
	}
	return r
}
