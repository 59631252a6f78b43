package weights

import "github.com/autoseg/autoseg/internal/npy"

// ReadNumPy reads the arrays of an uncompressed NumPy archive (.npz) by name.
func ReadNumPy(path string) ([]Tensor, error) {
	entries, err := npy.ReadArchive(path)
	if err != nil {
		return nil, err
	}
	r := make([]Tensor, len(entries))
	for i, e := range entries {
		r[i] = Tensor{Name: e.Name, Shape: e.Array.Shape, Data: e.Array.Float32()}
	}
	return r, nil
}
