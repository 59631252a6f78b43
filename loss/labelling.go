package loss

import "github.com/autoseg/autoseg/dataset"

// For returns nnU-Net's loss for a dataset's labels: softmax terms for labels, sigmoid terms for
// regions, with the ignore label left out.
func For(l dataset.Labelling, batchDice bool) Loss {
	ignore, has := l.Ignore()
	if l.HasRegions() {
		return ForRegions{BatchDice: batchDice, IgnoreChannel: has}
	}
	if !has {
		ignore = NoIgnore
	}
	return ForLabels{BatchDice: batchDice, Ignore: ignore}
}
