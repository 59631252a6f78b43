package trainer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/loss"
	"github.com/autoseg/autoseg/plans"
)

// losses maps the names of losses to their constructors.
var losses = map[string]func(c *plans.Configuration, labelling dataset.Labelling) loss.Loss{
	// nnU-Net's: Dice with cross entropy for labels, with binary cross entropy for regions.
	"dice_ce": func(c *plans.Configuration, labelling dataset.Labelling) loss.Loss {
		return loss.For(labelling, c.BatchDice)
	},
}

func lossFor(name string, c *plans.Configuration, labelling dataset.Labelling) (loss.Loss, error) {
	construct, ok := losses[name]
	if !ok {
		var known []string
		for n := range losses {
			known = append(known, n)
		}
		slices.Sort(known)
		return nil, fmt.Errorf("loss %q: want one of %s", name, strings.Join(known, ", "))
	}
	return construct(c, labelling), nil
}
