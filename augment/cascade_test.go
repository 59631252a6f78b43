package augment

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
)

type cascadeCase struct {
	Name, Transform, Out string
	Steps                []struct {
		Label          int
		Operator       string
		Radius         float64
		Element        string
		ComponentSizes []int `json:"component_sizes"`
		Eligible       []int
		Chosen         int
		FirstVoxel     []int `json:"first_voxel"`
	}
}

func TestCascadeTransformsEqualNNUNet(t *testing.T) {
	var cases []cascadeCase
	readJSON(t, &cases, "golden", "cascade", "augment", "cases.json")
	dir := golden.Shared(t, "golden", "cascade", "augment")
	image := golden.Npy(t, filepath.Join(dir, "in_image.npy"))
	labels := golden.Npy(t, filepath.Join(dir, "in_previous_stage_seg.npy"))
	input := golden.Npy(t, filepath.Join(dir, "in_network_input.npy"))
	operators := map[string]Operator{"dilation": Dilation, "erosion": Erosion, "closing": Closing, "opening": Opening}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			p := &Patch{Channels: 1, Shape: three(image.Shape[1:]), Data: image.Float32()}
			for _, l := range labels.Data {
				p.Previous = append(p.Previous, int16(l))
			}
			OneHot{[]int{1, 2, 3}}.Apply(p, nil)
			golden.Close(t, "network input", p.Data, input, 0)
			drop := DropComponent{First: 1, Count: 3, PerLabel: 1, Largest: 0.15}
			for _, s := range c.Steps {
				if c.Transform == "random_binary_operator" {
					element := golden.Npy(t, filepath.Join(dir, s.Element))
					checkBall(t, newBall(s.Radius, p.Shape), element)
					MorphologyParams{s.Label, operators[s.Operator], s.Radius}.Apply(p, 1, 3)
					continue
				}
				var sizes []int
				all := components(p.Channel(s.Label), p.Shape)
				for _, found := range all {
					sizes = append(sizes, len(found))
				}
				if !slices.Equal(sizes, s.ComponentSizes) || len(drop.eligible(p, s.Label)) != len(s.Eligible) {
					t.Fatalf("components %v, want %v", sizes, s.ComponentSizes)
				}
				removeComponent(p.Channel(s.Label), all[s.Chosen-1])
			}
			out := golden.Npy(t, filepath.Join(dir, c.Out))
			got := make([]int, len(out.Data))
			for k := 1; k <= 3; k++ {
				for i, v := range p.Channel(k) {
					got[i] += k * int(v)
				}
			}
			golden.Close(t, "labels", got, out, 0)
		})
	}
}

func checkBall(t *testing.T, b ball, element golden.Array) {
	t.Helper()
	n := element.Shape[0]
	got := make([]int, len(element.Data))
	for _, r := range b.rows {
		for x := r.first; x <= r.last; x++ {
			c := (n - 1) / 2
			got[((r.z+c)*n+r.y+c)*n+x+c] = 1
		}
	}
	golden.Close(t, "structuring element", got, element, 0)
}
