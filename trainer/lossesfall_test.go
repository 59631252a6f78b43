package trainer

import (
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/plans"
)

// flat turns the test configuration into a network of slices with three stages.
func flat(c *plans.Configuration) {
	c.Name, c.PatchSize, c.Spacing, c.BatchSize = "2d", []int{12, 12}, []float64{1, 1}, 4
	a := &c.Architecture
	a.Dimensions = 2
	a.Features, a.Convolutions, a.DecoderConvolutions = []int{4, 8, 8}, []int{1, 1, 1}, []int{1, 1}
	a.Strides = [][]int{{1, 1}, {2, 2}, {2, 2}}
	a.Kernels = [][]int{{3, 3}, {3, 3}, {3, 3}}
}

// TestEveryLossFalls trains with every loss, on slices and volumes, on labels, with an ignore label and on regions,
// always on two resolutions, and expects the loss of the last epoch below that of the first.
func TestEveryLossFalls(t *testing.T) {
	labels := []dataset.Region{{Name: "background", Labels: []int{0}}, {Name: "a", Labels: []int{1}}, {Name: "b", Labels: []int{2}}}
	ignore := []dataset.Region{{Name: "background", Labels: []int{0}}, {Name: "a", Labels: []int{1}}, {Name: "ignore", Labels: []int{2}}}
	regions := []dataset.Region{{Name: "background", Labels: []int{0}}, {Name: "all", Labels: []int{1, 2}}, {Name: "core", Labels: []int{2}}}
	volumes := func(c *plans.Configuration) { deeper(c); c.Spacing = []float64{2, 1, 1} }
	for _, kind := range []struct {
		name    string
		network func(*plans.Configuration)
		regions []dataset.Region
		order   []int
		// refused names the loss that such labels cannot have; TestLossesOfRegions reads the reason.
		refused string
	}{
		{"labels 3d", volumes, labels, nil, ""},
		{"ignore 2d", flat, ignore, nil, plans.Boundary},
		{"regions 2d", flat, regions, []int{1, 2}, plans.WeightedCE},
	} {
		labelling, err := dataset.NewLabelling(kind.regions, kind.order)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range plans.Losses() {
			if name == kind.refused {
				continue
			}
			t.Run(kind.name+" "+name, func(t *testing.T) {
				job := networkJob(t, t.TempDir(), 3, 10)
				kind.network(job.Configuration)
				job.Labelling = labelling
				l, err := plans.DefaultLoss(name)
				if err != nil {
					t.Fatal(err)
				}
				l.Start, l.Step, l.End = 0.1, 0, 0.1 // of the boundary loss: the sum is to be the same in all epochs
				job.Configuration.Loss = l
				list := events(&job)
				if err := Run(t.Context(), job); err != nil {
					t.Fatal(err)
				}
				e := kinds(*list, "epoch")
				first, last := float64(*e[0].TrainLoss), float64(*e[len(e)-1].TrainLoss)
				if !(last < first) {
					t.Errorf("the loss went from %g to %g", first, last)
				}
			})
		}
	}
}
