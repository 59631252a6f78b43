package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
)

// openDataset opens the dataset that a user named: a folder, or, where there is no such folder, the
// name or number of a dataset in the folder that nnUNet_raw names, for people who come from nnU-Net.
func (a *app) openDataset(name string) (*dataset.Dataset, error) {
	dir, err := datasetFolder(name)
	if err != nil {
		return nil, err
	}
	d, err := dataset.Open(dir)
	if err != nil {
		return nil, err
	}
	if d.Proposed {
		a.log.Warn("no dataset.json; the channels and labels are inferred from the files", "dataset", d.Name,
			"channels", strings.Join(d.Channels, ", "), "labels", len(d.Labelling.All()), "cases", len(d.Cases))
	}
	return d, nil
}

func datasetFolder(name string) (string, error) {
	root := os.Getenv("nnUNet_raw")
	if _, err := os.Stat(name); err == nil || root == "" || filepath.Base(name) != name {
		return name, nil
	}
	dir, err := dataset.Find(root, name)
	return dir, fault.Input(err)
}
