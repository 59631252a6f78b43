package augment

import "math/rand/v2"

// DropComponent removes one connected component of a label of the previous stage, as if that stage had
// missed it (batchgeneratorsv2's RemoveRandomConnectedComponentFromOneHotEncodingTransform). Components
// touch by faces, edges or corners; only those below a share of the patch may go.
type DropComponent struct {
	// First and Count name the one-hot channels.
	First, Count int
	// PerLabel is the probability of treating a label.
	PerLabel float64
	// Largest is the share of the patch's voxels that a component must stay below.
	Largest float64
}

// Apply draws labels and components and removes them.
func (d DropComponent) Apply(patch *Patch, rng *rand.Rand) {
	for c := d.First; c < d.First+d.Count; c++ {
		if rng.Float64() >= d.PerLabel {
			continue
		}
		eligible := d.eligible(patch, c)
		if len(eligible) > 0 {
			removeComponent(patch.Channel(c), eligible[rng.IntN(len(eligible))])
		}
	}
}

// component is the list of the voxels of one component, first voxel in scan order first.
type component []int32

func (d DropComponent) eligible(patch *Patch, c int) []component {
	limit := d.Largest * float64(patch.Voxels())
	var r []component
	for _, found := range components(patch.Channel(c), patch.Shape) {
		if float64(len(found)) < limit {
			r = append(r, found)
		}
	}
	return r
}

func removeComponent(x []float32, voxels component) {
	for _, i := range voxels {
		x[i] = 0
	}
}

// components lists the 26-connected components of a mask in scan order.
func components(x []float32, shape [3]int) []component {
	var r []component
	seen := make([]bool, len(x))
	for i, v := range x {
		if v == 0 || seen[i] {
			continue
		}
		seen[i] = true
		found := component{int32(i)}
		for k := 0; k < len(found); k++ {
			found = spread(found, int(found[k]), x, seen, shape)
		}
		r = append(r, found)
	}
	return r
}

// spread appends the unseen neighbours of voxel i.
func spread(found component, i int, x []float32, seen []bool, shape [3]int) component {
	z, y, c := i/(shape[1]*shape[2]), i/shape[2]%shape[1], i%shape[2]
	for dz := max(0, z-1); dz <= min(shape[0]-1, z+1); dz++ {
		for dy := max(0, y-1); dy <= min(shape[1]-1, y+1); dy++ {
			for dx := max(0, c-1); dx <= min(shape[2]-1, c+1); dx++ {
				j := (dz*shape[1]+dy)*shape[2] + dx
				if x[j] != 0 && !seen[j] {
					seen[j] = true
					found = append(found, int32(j))
				}
			}
		}
	}
	return found
}
