package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/importer"
)

// importFlags are the flags of the verb.
type importFlags struct {
	list       bool
	output     string
	consensus  int
	skipBroken bool
}

func newImportCommand(a *app) *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import FORMAT SRC -o DATASET",
		Short: "Turn a public dataset in its published layout into a dataset folder",
		Long: `Import reads a public dataset in the folders, or the zip archives, it is published
in and writes a dataset folder: images and labels that lie on one grid, dataset.json
with licence and reference, and import.yaml with everything that was changed. Nothing
outside SRC is opened, and no text of a header is copied. --list prints the formats.`,
		Example: examples("autoseg import --list", "autoseg import kits23 kits23/dataset -o Dataset220_KiTS23",
			"autoseg import lidc-idri LIDC-IDRI -o Dataset300_LIDC --consensus 3"),
		Args: func(cmd *cobra.Command, args []string) error {
			if f.list {
				return arguments()(cmd, args)
			}
			return arguments("FORMAT", "SRC")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.list {
				return listFormats(a)
			}
			return runImport(cmd.Context(), a, f, args[0], args[1])
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.list, "list", false, "print the formats with task, modality, cases, licence and link")
	flags.StringVarP(&f.output, "output", "o", "", "write the dataset into the new folder `DATASET`")
	flags.IntVar(&f.consensus, "consensus", 0, "lidc-idri: mark voxels that at least `N` of the four readers marked (default 2)")
	flags.BoolVar(&f.skipBroken, "skip-broken", false, "leave out cases that cannot be read, and name them in import.yaml")
	return cmd
}

// importedAtOnce bounds the cases in memory: a CT of 500 slices takes 1 GB.
const importedAtOnce = 4

func listFormats(a *app) error {
	all, err := importer.All()
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.printJSON(all)
	}
	rows := make([][]any, len(all))
	for i, f := range all {
		rows[i] = []any{f.Name, f.Task, f.Modality, f.Cases, f.Licence, f.Link}
	}
	return a.printTable([]any{"Format", "Task", "Modality", "Cases", "Licence", "Link"}, rows)
}

// imported is what import prints with --json.
type imported struct {
	Dataset string `json:"dataset"`
	*importer.Report
}

func runImport(ctx context.Context, a *app, f importFlags, name, source string) error {
	if f.output == "" {
		return usagef("-o DATASET is missing: name the folder to write")
	}
	format, err := importer.Find(name)
	if err != nil {
		return usagef("%v", err)
	}
	o := importer.Options{Format: format, Source: source, Dir: f.output, Consensus: f.consensus,
		Workers: min(a.threads(), importedAtOnce), Progress: a.track("import", "cases")}
	if f.skipBroken {
		o.Broken = importer.LeaveOut
	}
	if err := o.Validate(); err != nil {
		return usagef("%v", err)
	}
	r, err := importer.Import(ctx, o)
	if err != nil {
		return err
	}
	for _, note := range r.Notes {
		a.log.Warn(note, "dataset", f.output)
	}
	if a.flags.json {
		return a.printJSON(imported{f.output, r})
	}
	return printImport(a, f.output, r)
}

func printImport(a *app, dir string, r *importer.Report) error {
	for _, c := range r.LeftOut {
		a.log.Warn("left out", "case", c.Case, "because", c.What)
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %d training and %d test cases of %s\nlicence: %s (%s)\n%d changes are written down in import.yaml\n",
		dir, r.Training, r.Test, r.Title, r.Licence, r.Link, len(r.Changes))
	return err
}
