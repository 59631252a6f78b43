package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/pipeline"
	"github.com/autoseg/autoseg/submission/challenge"
)

// archiveFlags are the flags for archives of predictions.
type archiveFlags struct {
	dataset, predictions, names, description string
	values                                   []string
}

func (f *archiveFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.dataset, "dataset", "", "check against the test images in dataset folder `DIR` (default: against what the run recorded of them)")
	flags.StringVar(&f.predictions, "predictions", "", "take the segmentations from folder `DIR` (default: predictions in the run)")
	flags.StringSliceVar(&f.values, "values", nil, "give labels the challenge's values, `LABEL=VALUE,...` (default: by the names of the labels)")
	flags.StringVar(&f.names, "names", "", "name cases by the lines CASE,NAME of `FILE`, names without the ending")
	flags.StringVar(&f.description, "description", "", "put `FILE` into the archive: the description of the method that some challenges want")
}

// packArchive packs predictions for a challenge.
func packArchive(ctx context.Context, a *app, f packageFlags, run string) error {
	target, err := challenge.Find(f.target)
	if err != nil {
		return usagef("--target: %w", err)
	}
	c := challenge.Config{Target: target, Formats: dataset.Formats(), Predictions: f.predictions, Description: f.description,
		Program: "autoseg " + readVersion().Version, Progress: a.track("package", "cases")}
	if c.Predictions == "" {
		c.Predictions = filepath.Join(run, "predictions")
	}
	if c.Values, err = labelValues(f.values); err != nil {
		return err
	}
	if c.Names, err = readNames(f.names); err != nil {
		return err
	}
	if err := f.source(a, &c, run); err != nil {
		return err
	}
	m, err := challenge.Write(ctx, f.output, c)
	if err != nil {
		return err
	}
	for _, note := range c.Notes() {
		a.log.Warn(note)
	}
	return printPacked(a, f.output, m)
}

// source finds out what the labels mean and which test images there are.
func (f *archiveFlags) source(a *app, c *challenge.Config, run string) error {
	if err := f.testImages(a, c, run); err != nil {
		return err
	}
	chosen, err := readChosen(run)
	switch {
	case err == nil:
		c.Labelling, c.Model = &chosen.description.Labelling, strings.Join(chosen.selection.Models, " + ")
	case c.Labelling == nil:
		return err
	}
	return nil
}

// testImages lists the test images, of the dataset or as the run recorded them.
func (f *archiveFlags) testImages(a *app, c *challenge.Config, run string) error {
	if f.dataset == "" {
		recorded, err := pipeline.ReadTestImages(run)
		if err != nil {
			return fault.Input(err)
		}
		if recorded == nil {
			return fault.Input(fmt.Errorf("%s does not say which test images it predicted; name the dataset with --dataset", run))
		}
		c.Dataset = recorded.Dataset
		for _, image := range recorded.Images {
			c.Images = append(c.Images, challenge.Image{ID: image.Case, Geometry: image.Geometry()})
		}
		return nil
	}
	d, err := a.openDataset(f.dataset)
	if err != nil {
		return err
	}
	c.Dataset, c.Labelling = d.Name, &d.Labelling
	var findings []error
	for _, t := range d.Test {
		g, _, err := d.Geometry(t)
		findings = append(findings, err)
		c.Images = append(c.Images, challenge.Image{ID: t.ID, Geometry: g})
	}
	return fault.Input(errors.Join(findings...))
}

// labelValues reads --values.
func labelValues(pairs []string) (map[int]int, error) {
	values := map[int]int{}
	for _, pair := range pairs {
		label, value, found := strings.Cut(pair, "=")
		from, errFrom := strconv.Atoi(strings.TrimSpace(label))
		to, errTo := strconv.Atoi(strings.TrimSpace(value))
		if !found || errFrom != nil || errTo != nil {
			return nil, usagef("--values %q: want LABEL=VALUE", pair)
		}
		values[from] = to
	}
	return values, nil
}

// readNames reads the file of --names.
func readNames(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fault.Input(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.FieldsPerRecord = 2
	reader.TrimLeadingSpace = true
	lines, err := reader.ReadAll()
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%s: want lines CASE,NAME: %w", path, err))
	}
	names := map[string]string{}
	for _, line := range lines {
		names[line[0]] = line[1]
	}
	return names, nil
}

func printPacked(a *app, file string, m *challenge.Manifest) error {
	if a.flags.json {
		return a.printJSON(m)
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %d cases for %s\n", file, len(m.Cases), m.Target)
	return err
}
