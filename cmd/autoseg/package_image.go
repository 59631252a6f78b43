package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/submission/container"
	"github.com/autoseg/autoseg/volume"
)

// imageFlags are the flags for container images.
type imageFlags struct {
	inputs, images           []string
	outputSlug, tag, program string
	memory                   string
	dryRun                   bool
}

func (f *imageFlags) register(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.inputs, "input-slug", nil, "image: name the channels `A,B,...` as the platform does (default: generic-medical-image, or the names of several channels)")
	flags.StringVar(&f.outputSlug, "output-slug", "", "image: name the segmentation `NAME` as the platform does (default: generic-overlay)")
	flags.StringVar(&f.tag, "tag", "", "image: name it `NAME:TAG` (default: autoseg/DATASET:VERSION)")
	flags.StringVar(&f.program, "program", "", "image: put the static Linux build `FILE` in (default: this program)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "image: run it on a case: no network, read-only root, limited memory, processes and shared memory")
	flags.StringSliceVar(&f.images, "case", nil, "dry run: take the image `FILE`, one per channel (default: the first test image of --dataset, else noise)")
	flags.StringVar(&f.memory, "memory", "16GiB", "dry run: allow `SIZE` of memory")
}

// packed is what the verb reports of an image.
type packed struct {
	File string `json:"file"`
	*container.Image
	DryRun *dryRun `json:"dry_run,omitempty"`
}

// dryRun is what the verb reports of a dry run.
type dryRun struct {
	Case string `json:"case"`
	*container.Outcome
	// Same says whether the run's own prediction of the case has the same labels; nil where there is none.
	Same *bool `json:"same_as_prediction,omitempty"`
}

// packImage writes a container image and tries it out.
func packImage(ctx context.Context, a *app, f packageFlags, run string) error {
	program := f.program
	if program == "" {
		var err error
		if program, err = os.Executable(); err != nil {
			return err
		}
	}
	c := container.Config{Program: program, Version: readVersion().Version, Run: run, Tag: f.tag}
	c.Interface.Inputs, c.Interface.Output = f.inputs, f.outputSlug
	limits := container.DefaultLimits()
	var err error
	if limits.Memory, err = memorySize("--memory", f.memory); err != nil {
		return err
	}
	image, err := container.Build(ctx, f.output, c)
	if err != nil {
		return err
	}
	result := packed{File: f.output, Image: image}
	if f.dryRun {
		if result.DryRun, err = f.try(ctx, a, run, image, limits); err != nil {
			return fmt.Errorf("dry run of %s: %w", f.output, err)
		}
	}
	return printImage(a, result)
}

// try runs the image on a case.
func (f *packageFlags) try(ctx context.Context, a *app, run string, image *container.Image, limits container.Limits) (*dryRun, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	folder := run
	if chosen, err := readChosen(run); err == nil {
		folder = chosen.models[0]
	}
	m, err := model.Open(folder, model.Final)
	if err != nil {
		return nil, err
	}
	t := container.Trial{Archive: f.output, Interface: image.Interface, Labelling: &m.Description.Labelling, Confiner: []string{self, "confine"}, Limits: limits}
	if t.Case, t.Image, err = f.trialCase(a, m); err != nil {
		return nil, err
	}
	o, err := container.DryRun(ctx, t)
	if err != nil {
		return nil, err
	}
	return &dryRun{Case: t.Case, Outcome: o, Same: sameAsPrediction(run, t.Case, o.Labels)}, nil
}

// trialCase reads the image to try on.
func (f *packageFlags) trialCase(a *app, m *model.Folder) (string, *volume.Image, error) {
	d := &dataset.Dataset{Description: *m.Description, Name: "case"}
	c := dataset.Case{Images: f.images}
	switch {
	case len(f.images) > 0:
		first := filepath.Base(f.images[0])
		c.ID = strings.TrimSuffix(first[:len(first)-len(dataset.Formats().Ending(first))], "_0000")
	case f.dataset != "":
		var err error
		if d, err = a.openDataset(f.dataset); err != nil {
			return "", nil, err
		}
		if len(d.Test) == 0 {
			return "", nil, fault.Input(fmt.Errorf("%s has no test image to try; name one with --case", d.Name))
		}
		c = d.Test[0]
	default:
		return "noise", noise(m), nil
	}
	image, err := d.Image(c)
	return c.ID, image, fault.Input(err)
}

// noise returns an image of the median shape and spacing of the training images.
func noise(m *model.Folder) *volume.Image {
	p := m.Plans
	g := volume.NewGeometry([3]int{1, 1, 1}, [3]float64{1, 1, 1})
	for axis := range 3 {
		from := p.TransposeBackward[axis]
		g.Shape[axis], g.Spacing[axis] = max(1, p.MedianShape[from]), p.MedianSpacing[from]
	}
	image := volume.NewImage(g, len(m.Description.Channels))
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range image.Data {
		image.Data[i] = float32(100 * rng.NormFloat64())
	}
	return image
}

// sameAsPrediction compares a segmentation with the run's own prediction of the case.
func sameAsPrediction(run, id string, l *volume.Labels) *bool {
	formats := dataset.Formats()
	for _, ending := range formats.Endings() {
		other, err := formats.ReadLabels(filepath.Join(run, "predictions", id+ending))
		if err != nil {
			continue
		}
		same := other.Shape == l.Shape
		for i := 0; same && i < len(l.Data); i++ {
			same = l.Data[i] == other.Data[i]
		}
		return &same
	}
	return nil
}

func printImage(a *app, p packed) error {
	if a.flags.json {
		return a.printJSON(p)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s for %s, %s (models %s)\n%s\n", p.File, p.Tag, p.Architecture, predict.Bytes(p.Bytes), predict.Bytes(p.ModelBytes), p.Digest)
	fmt.Fprintf(&b, "inputs %s, output %s\n", strings.Join(p.Interface.Inputs, ", "), p.Image.Interface.Output)
	if d := p.DryRun; d != nil {
		fmt.Fprintf(&b, "dry run on %s: ready after %v, done after %v, %s of memory\n", d.Case,
			d.Ready.Round(time.Millisecond), d.Total.Round(time.Millisecond), predict.Bytes(d.PeakMemory))
		for _, e := range d.Enforced {
			fmt.Fprintf(&b, "  enforced      %s\n", e)
		}
		for _, e := range d.NotEnforced {
			fmt.Fprintf(&b, "  NOT enforced  %s\n", e)
		}
		if d.Same != nil {
			fmt.Fprintf(&b, "  %s\n", map[bool]string{true: "the segmentation equals the run's prediction in every voxel", false: "the segmentation differs from the run's prediction"}[*d.Same])
		}
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}
