package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

func TestCompare(t *testing.T) {
	folders := [2]string{t.TempDir(), t.TempDir()}
	for i, folder := range folders { // cubes of 64 voxels, one moved by a voxel: 2·48/(64+64)
		l := volume.NewLabels(volume.NewGeometry([3]int{8, 8, 8}, [3]float64{1, 1, 1}))
		for z := i; z < 4+i; z++ {
			for y := range 4 {
				for x := range 4 {
					l.Data[(z*8+y)*8+x] = 1
				}
			}
		}
		if err := dataset.Formats().WriteLabels(filepath.Join(folder, "case.nii.gz"), l); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := compare(context.Background(), &out, folders[0], folders[1], []int{1}); err != nil {
		t.Fatal(err)
	}
	if want := "label 1: Dice 0.750 (0.750 to 0.750), 95 % Hausdorff distance 1.00 mm\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
