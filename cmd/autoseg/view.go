package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/report/viewer"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/dicom"
)

// viewFlags are the flags of the verb.
type viewFlags struct {
	port        int
	description string
	names       []string
	channels    []string
}

func newViewCommand(a *app) *cobra.Command {
	var f viewFlags
	cmd := &cobra.Command{
		Use:   "view IMAGE [SEGMENTATION ...]",
		Short: "Look at an image and its segmentations in the browser",
		Long: `Serves a page on 127.0.0.1 that shows the image with every segmentation in a panel of its own: all panels share
the cursor, and classes can be coloured, faded and hidden. Nothing leaves the machine. The class names come from
the dataset.json beside or above the segmentations. It ends with Ctrl-C.`,
		Example: examples(
			"autoseg view imagesTs/case_0000.nii.gz labelsTs/case.nii.gz predictions/case.nii.gz",
			"autoseg view t1.mha --channel t2.mha reference.mha prediction.mha --port 8080"),
		Args: argumentsRange(1, "IMAGE", "SEGMENTATION..."),
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := f.server(args[0], args[1:])
			if err != nil {
				return err
			}
			return server.Serve(cmd.Context(), f.port, func(url string) {
				fmt.Fprintln(a.stdout, url)
				a.log.Info("open this address in a browser; Ctrl-C ends it")
			})
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&f.port, "port", 0, "listen on port `N` (default: a free one)")
	flags.StringVar(&f.description, "dataset-json", "", "take the names of the classes from `FILE`")
	flags.StringSliceVar(&f.names, "names", nil, "head the panels with `A,B,...` (default: the folders of the segmentations)")
	flags.StringSliceVar(&f.channels, "channel", nil, "add the image `FILE` of another channel; may repeat")
	return cmd
}

// server reads the files.
func (f viewFlags) server(image string, segmentations []string) (*viewer.Server, error) {
	if f.port < 0 || f.port > 65535 {
		return nil, usagef("--port %d: want a number from 1 to 65535, or 0 for a free one", f.port)
	}
	if len(f.names) > len(segmentations) {
		return nil, usagef("--names: %d names for %d segmentations", len(f.names), len(segmentations))
	}
	c := viewer.Case{Title: filepath.Base(image)}
	var err error
	if c.Image, c.Channels, err = readChannels(append([]string{image}, f.channels...)); err != nil {
		return nil, fault.Input(err)
	}
	for i, path := range segmentations {
		labels, err := dataset.Formats().ReadLabels(path)
		if err != nil {
			return nil, fault.Input(err)
		}
		c.Segmentations = append(c.Segmentations, viewer.Segmentation{Name: f.name(segmentations, i), Labels: labels})
	}
	if c.Labelling, err = f.labelling(segmentations); err != nil {
		return nil, err
	}
	server, err := viewer.New(c)
	return server, fault.Input(err)
}

// readChannels reads images of one grid as the channels of one.
func readChannels(paths []string) (all *volume.Image, names []string, err error) {
	for _, path := range paths {
		read := dataset.Formats().Read
		if dicom.Is(path) {
			read = dicom.ReadImage
		}
		image, err := read(path)
		if err != nil {
			return nil, nil, err
		}
		name := filepath.Base(path)
		for k := range image.Channels {
			if image.Channels > 1 {
				name = fmt.Sprintf("%s %d", filepath.Base(path), k)
			}
			names = append(names, name)
		}
		if all == nil {
			all = image
			continue
		}
		if !all.SameGrid(image.Geometry) {
			return nil, nil, fmt.Errorf("%s has shape %v and spacing %v, %s has %v and %v; resample it to the first image's grid",
				path, image.Shape, image.Spacing, paths[0], all.Shape, all.Spacing)
		}
		all.Data = append(all.Data, image.Data...)
		all.Channels += image.Channels
	}
	return all, names, nil
}

// name is the heading of a panel: as given, or the folder, or the file where folders do not differ.
func (f viewFlags) name(paths []string, i int) string {
	if i < len(f.names) {
		return f.names[i]
	}
	folder := func(path string) string {
		if absolute, err := filepath.Abs(path); err == nil {
			path = absolute
		}
		return filepath.Base(filepath.Dir(path))
	}
	for k, other := range paths {
		if k != i && folder(other) == folder(paths[i]) {
			return filepath.Base(paths[i])
		}
	}
	return folder(paths[i])
}

// labelling reads the names of the classes: from the file that was named, or else from a dataset.json beside
// or above a segmentation.
func (f viewFlags) labelling(segmentations []string) (*dataset.Labelling, error) {
	if f.description != "" {
		d, err := dataset.ReadJSON(f.description)
		if err != nil {
			return nil, err
		}
		return &d.Labelling, nil
	}
	for _, path := range segmentations {
		folder := filepath.Dir(path)
		for _, candidate := range []string{folder, filepath.Join(folder, "..")} {
			file := filepath.Join(candidate, "dataset.json")
			if _, err := os.Stat(file); err != nil {
				continue
			}
			if d, err := dataset.ReadJSON(file); err == nil {
				return &d.Labelling, nil
			}
		}
	}
	return nil, nil
}
