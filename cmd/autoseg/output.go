package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/autoseg/autoseg/internal/fault"
)

// outputFlags name the flags through which a user says where results go.
var outputFlags = []string{"output", "csv", "fix", "work"}

// checkOutputs finds out before any work whether the outputs that were asked for can be written: nobody
// should wait for an hour to learn that a folder is read-only. It creates the folder of an output file.
func (a *app) checkOutputs(cmd *cobra.Command) error {
	var problems []error
	for _, name := range outputFlags {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			problems = append(problems, a.checkOutput(f))
		}
	}
	return fault.Input(errors.Join(problems...))
}

// checkOutput checks one flag. Its placeholder in the help, which is what the user was told, says whether
// it names a file or a folder.
func (a *app) checkOutput(f *pflag.Flag) error {
	path, folder := f.Value.String(), f.Value.String()
	info, err := os.Stat(path)
	switch placeholder, _ := pflag.UnquoteUsage(f); {
	case placeholder == "DIR" || placeholder == "OUT" || placeholder == "DATASET":
		if err == nil && !info.IsDir() {
			return fmt.Errorf("--%s %s is a file; name a folder", f.Name, path)
		}
	case err == nil && info.IsDir():
		return fmt.Errorf("--%s %s is a folder; name a file, for example in it", f.Name, path)
	default:
		folder = filepath.Dir(path)
		if err := a.makeFolders(folder); err != nil {
			return fmt.Errorf("--%s %s: %w; choose another place", f.Name, path, err)
		}
	}
	if err := writable(folder); err != nil {
		return fmt.Errorf("--%s %s cannot be written: %w; choose another place", f.Name, path, err)
	}
	return nil
}

// makeFolders creates a folder and those above it, and remembers which ones were new.
func (a *app) makeFolders(dir string) error {
	var missing []string
	for at := filepath.Clean(dir); ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			break
		}
		missing = append(missing, at)
	}
	a.created = append(missing, a.created...)
	return os.MkdirAll(dir, 0o777)
}

// removeEmpty takes back the folders that makeFolders created and nothing was written into.
func (a *app) removeEmpty() {
	for _, dir := range a.created {
		os.Remove(dir) // fails where there is something in it, as it should
	}
}

// writable tries to write into a folder, or into the nearest one above it that exists.
func writable(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir) {
		return writable(filepath.Dir(dir))
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is a file, not a folder", dir)
	}
	probe, err := os.CreateTemp(dir, ".autoseg-*.tmp")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// sameFolder says whether two paths lead to one folder, or to a file and the folder that holds it.
func sameFolder(output, input string) bool {
	out, err := os.Stat(output)
	if err != nil {
		return false
	}
	in, err := os.Stat(input)
	if err == nil && !in.IsDir() {
		in, err = os.Stat(filepath.Dir(input))
	}
	return err == nil && os.SameFile(out, in)
}

// notInto refuses an output folder that is one of the inputs' own, where results would stand between the
// files that they were made from, or replace them.
func notInto(output string, inputs ...string) error {
	for _, in := range inputs {
		if sameFolder(output, in) {
			return usagef("-o %s is the folder of -i %s; write into another one, so that the inputs stay as they are", output, in)
		}
	}
	return nil
}
