package augment

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
)

// weightMap is a file shared/golden/metrics/weight_map_*.json.
type weightMap struct {
	Instances [][]int16   `json:"instances"`
	W0        float64     `json:"w0"`
	Sigma     float64     `json:"sigma"`
	Balance   int         `json:"balance"`
	Expected  [][]float64 `json:"expected"`
}

func TestBorderWeightGoldens(t *testing.T) {
	for _, name := range []string{"weight_map_three_cells.json", "weight_map_touching.json"} {
		var g weightMap
		readJSON(t, &g, "golden", "metrics", name)
		shape := [3]int{1, len(g.Instances), len(g.Instances[0])}
		labels := slices.Concat(g.Instances...)
		b := BorderWeights{Spacing: [3]float64{1, 1, 1}, W0: g.W0, Sigma: g.Sigma, Balance: g.Balance == 1, Ignore: -1}
		w := make([]float64, len(labels))
		b.weights(w, labels, shape, b.objects(labels, shape))
		// Printed with 12 decimals.
		golden.Close(t, name, w, golden.Array{Shape: []int{len(w)}, Data: slices.Concat(g.Expected...)}, 1e-9)
	}
}

// TestMapsOfLossGoldens checks the maps that stand in the cases of the losses.
func TestMapsOfLossGoldens(t *testing.T) {
	for _, name := range []string{"losses_2d.json", "losses_absent_class_2d.json"} {
		var g struct {
			Target     [][]int16     `json:"target"`
			Instances  [][]int16     `json:"instances"`
			Weights    [][]float64   `json:"pixel_weights"`
			Distance   [][][]float64 `json:"signed_distance"`
			Parameters struct {
				W0    float64 `json:"border_w0"`
				Sigma float64 `json:"border_sigma"`
			} `json:"parameters"`
		}
		readJSON(t, &g, "golden", "metrics", name)
		shape := [3]int{1, len(g.Target), len(g.Target[0])}
		s := SignedDistances{Spacing: [3]float64{1, 1, 1}, Classes: [][]int{{0}, {1}, {2}}}
		got := make([]float32, 3*len(g.Target)*len(g.Target[0]))
		s.Write(got, slices.Concat(g.Target...), shape)
		var want []float64
		for _, class := range g.Distance {
			want = append(want, slices.Concat(class...)...)
		}
		near(t, name+" distances", got, want)
		b := BorderWeights{Spacing: s.Spacing, W0: g.Parameters.W0, Sigma: g.Parameters.Sigma, Balance: true, Ignore: -1}
		// The file's instances are given; objects that touch by an edge are one in it.
		labels := slices.Concat(g.Instances...)
		var objects []object
		for _, id := range []int16{1, 2} {
			var runs [][2]int
			for i, l := range labels {
				if l == id {
					runs = append(runs, [2]int{i, i + 1})
				}
			}
			if len(runs) > 0 {
				objects = append(objects, newObject(runs, shape, b.reach()))
			}
		}
		w := make([]float64, len(labels))
		b.weights(w, labels, shape, objects)
		weights := slices.Concat(g.Weights...)
		golden.Close(t, name, w, golden.Array{Shape: []int{len(w)}, Data: weights}, 1e-9)
	}
}

func near(t *testing.T, name string, got []float32, want []float64) {
	t.Helper()
	for i := range want {
		if math.Abs(float64(got[i])-want[i]) > 1e-6*max(1, math.Abs(want[i])) {
			t.Errorf("%s at %d: got %v, want %v", name, i, got[i], want[i])
		}
	}
}

// TestBorderWeightsByAllPairs compares random objects with distances from all pairs of voxels.
func TestBorderWeightsByAllPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	shape := [3]int{3, 9, 11}
	labels := make([]int16, shape[0]*shape[1]*shape[2])
	for range 5 {
		z, y, x, l := rng.IntN(2), rng.IntN(7), rng.IntN(9), int16(1+rng.IntN(2))
		for k := range 8 {
			labels[((z+k/4)*shape[1]+y+k/2%2)*shape[2]+x+k%2] = l
		}
	}
	b := BorderWeights{Spacing: [3]float64{2, 1, 0.5}, W0: 7, Sigma: 3, Ignore: -1}
	got := make([]float32, len(labels))
	b.Write(got, labels, shape)
	objects := b.objects(labels, shape)
	if len(objects) < 3 {
		t.Fatalf("%d objects, want several", len(objects))
	}
	var want []float64
	for i, l := range labels {
		w := 1.0
		if l == 0 {
			var d []float64
			for _, o := range objects {
				d = append(d, b.byPairs(o, shape, i))
			}
			slices.Sort(d)
			w += b.W0 * math.Exp(-(d[0]+d[1])*(d[0]+d[1])/(2*b.Sigma*b.Sigma))
		}
		want = append(want, w)
	}
	near(t, "weights", got, want)
}

// byPairs is the distance from voxel i to the nearest voxel of an object.
func (b BorderWeights) byPairs(o object, shape [3]int, i int) float64 {
	size, least := o.box.Shape(), math.Inf(1)
	for k, in := range o.mask {
		if !in {
			continue
		}
		dz := float64(k/(size[1]*size[2])+o.box.Start[0]-i/(shape[1]*shape[2])) * b.Spacing[0]
		dy := float64(k/size[2]%size[1]+o.box.Start[1]-i/shape[2]%shape[1]) * b.Spacing[1]
		dx := float64(k%size[2]+o.box.Start[2]-i%shape[2]) * b.Spacing[2]
		least = min(least, math.Sqrt(dz*dz+dy*dy+dx*dx))
	}
	return least
}

// TestMapFollowsTheLevels writes a target with a map on two levels: the coarser one holds the voxels of the
// finer one that its labels come from.
func TestMapFollowsTheLevels(t *testing.T) {
	config := Config{PatchSize: []int{4, 6}, Channels: 1, Levels: [][]float64{{1, 1}, {0.5, 0.5}}, Ignore: 3,
		Map: BorderWeights{Spacing: [3]float64{1, 1, 1}, Classes: []float64{1, 2, 4}, Ignore: 3}}
	p, err := Validation(config)
	if err != nil {
		t.Fatal(err)
	}
	patch := p.NewPatch()
	for i := range patch.Labels {
		patch.Labels[i] = int16(i * i % 7 % 4)
	}
	target := p.Target()
	if target.Channels() != 2 {
		t.Fatalf("%d channels, want labels and weights", target.Channels())
	}
	dst := [][]float32{make([]float32, 48), make([]float32, 12)}
	target.Write(dst, patch)
	for level, d := range dst {
		n := len(d) / 2
		for i, label := range d[:n] {
			if want := []float32{1, 2, 4, 0}[int(label)]; d[n+i] != want {
				t.Errorf("level %d, voxel %d of label %v: weight %v, want %v", level, i, label, d[n+i], want)
			}
		}
	}
}
