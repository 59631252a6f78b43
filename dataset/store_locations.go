package dataset

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/internal/npy"
)

// ClassLocations holds sampled voxels of one class of a preprocessed case, from which training draws
// patches that contain the class.
type ClassLocations struct {
	// Key names the class in files: "1", or "1_2" for the region of labels 1 and 2.
	Key string
	// Labels are the label values of the class.
	Labels []int
	// Voxels are positions (z, y, x).
	Voxels [][3]int32
}

// LocationsKey returns the key of a class: its labels joined by underscores.
func LocationsKey(labels []int) string {
	words := make([]string, len(labels))
	for i, l := range labels {
		words[i] = strconv.Itoa(l)
	}
	return strings.Join(words, "_")
}

func labelsOfKey(key string) ([]int, error) {
	var labels []int
	for _, word := range strings.Split(key, "_") {
		l, err := strconv.Atoi(word)
		if err != nil {
			return nil, fmt.Errorf("class %q is no list of labels", key)
		}
		labels = append(labels, l)
	}
	return labels, nil
}

// writeLocations writes a .npz with one (n, 4) array per class: channel 0, z, y, x, as nnU-Net's
// class_locations.
func writeLocations(w io.Writer, classes []ClassLocations) error {
	z := zip.NewWriter(w)
	for _, c := range classes {
		f, err := z.Create(c.Key + ".npy")
		if err != nil {
			return err
		}
		err = writeValues(f, "<i4", []int{len(c.Voxels), 4}, c.Voxels, func(b []byte, v [3]int32) []byte {
			b = binary.LittleEndian.AppendUint32(b, 0)
			for _, p := range v {
				b = binary.LittleEndian.AppendUint32(b, uint32(p))
			}
			return b
		})
		if err != nil {
			return err
		}
	}
	return z.Close()
}

// readLocations reads the classes in the order of the file and checks that every voxel lies inside
// of shape.
func readLocations(r io.ReaderAt, size int64, shape [3]int) ([]ClassLocations, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	var classes []ClassLocations
	for _, f := range z.File {
		c, err := readClass(f, shape)
		if err != nil {
			return nil, fmt.Errorf("array %s: %w", f.Name, err)
		}
		classes = append(classes, c)
	}
	return classes, nil
}

func readClass(f *zip.File, shape [3]int) (ClassLocations, error) {
	c := ClassLocations{Key: strings.TrimSuffix(f.Name, ".npy")}
	var err error
	if c.Labels, err = labelsOfKey(c.Key); err != nil {
		return c, err
	}
	in, err := f.Open()
	if err != nil {
		return c, err
	}
	defer in.Close()
	head, err := npy.ReadHeader(in)
	if err != nil {
		return c, err
	}
	if head.Dtype != "<i4" || len(head.Shape) != 2 || head.Shape[1] != 4 {
		return c, fmt.Errorf("%s values of shape %v, want <i4 of (n, 4)", head.Dtype, head.Shape)
	}
	if voxels := shape[0] * shape[1] * shape[2]; head.Shape[0]/max(1, len(c.Labels)) > voxels {
		return c, fmt.Errorf("%d voxels, the case has %d", head.Shape[0], voxels)
	}
	c.Voxels, err = readVoxels(in, head.Shape[0], shape)
	return c, err
}

func readVoxels(r io.Reader, n int, shape [3]int) ([][3]int32, error) {
	voxels := make([][3]int32, 0, min(n, 1<<16))
	row := make([]byte, 16)
	for range n {
		if _, err := io.ReadFull(r, row); err != nil {
			return nil, errors.New("the voxels are cut off")
		}
		var v [3]int32
		for axis := range v {
			v[axis] = int32(binary.LittleEndian.Uint32(row[4*axis+4:]))
			if v[axis] < 0 || int(v[axis]) >= shape[axis] {
				return nil, fmt.Errorf("voxel %d lies outside of shape %v", len(voxels), shape)
			}
		}
		voxels = append(voxels, v)
	}
	return voxels, nil
}
