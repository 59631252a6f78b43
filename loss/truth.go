package loss

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// Truth says what a target holds.
type Truth struct {
	// Regions says that the target has a channel per region, and with IgnoreChannel one more that is 1 where
	// a voxel does not count; otherwise one channel of labels.
	Regions, IgnoreChannel bool
	// Ignore is the label that is left out, 0 or NoIgnore for none. Not for regions.
	Ignore int
	// BatchDice sums overlaps over the batch before the ratio is taken.
	BatchDice bool
}

// channels returns how many channels of a target hold the truth; maps of a loss follow them.
func (t Truth) channels(logits engine.Node) int {
	switch {
	case !t.Regions:
		return 1
	case t.IgnoreChannel:
		return logits.Shape()[1] + 1
	}
	return logits.Shape()[1]
}

// split parts a target into the truth and the map behind it.
func (t Truth) split(logits, target engine.Node) (truth, behind engine.Node) {
	n, has := t.channels(logits), target.Shape()[1]
	if has <= n {
		panic(fmt.Sprintf("loss: the target has %d channels, but the loss of the plan wants a map behind the %d of the truth", has, n))
	}
	return op.Slice(target, 0, n), op.Slice(target, n, target.Shape()[1])
}

// probabilities returns softmax or sigmoid of logits.
func (t Truth) probabilities(logits engine.Node) engine.Node {
	if t.Regions {
		return op.Activation(logits, "sigmoid", 0)
	}
	return op.Softmax(logits)
}

// overlap returns the sums that overlap losses are functions of.
func (t Truth) overlap(logits, target engine.Node) engine.Node {
	return op.OverlapSums(t.probabilities(logits), target, op.OverlapOptions{Batch: t.BatchDice, Regions: t.Regions, Ignore: t.Ignore})
}

// foreground returns the first channel of the logits that is no background.
func (t Truth) foreground() int {
	if t.Regions {
		return 0
	}
	return 1
}
