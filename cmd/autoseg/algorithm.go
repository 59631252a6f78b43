package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/submission/algorithm"
	"github.com/autoseg/autoseg/submission/container"
)

// newAlgorithmCommand is the entry point of the images that package makes. People have predict.
func newAlgorithmCommand(a *app) *cobra.Command {
	c := algorithm.Config{}
	cmd := &cobra.Command{
		Use:     "algorithm",
		Short:   "Predict /input into /output: the entry point of a packed image",
		Example: examples("autoseg algorithm", "autoseg algorithm --folder opt/autoseg --input in --output out"),
		Args:    arguments(),
		Hidden:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			executor, err := a.executor()
			if err != nil {
				return err
			}
			defer executor.Close()
			c.Executor, c.Workers = executor, a.threads()
			// Everything goes to stdout: the platform takes stderr for warnings.
			c.Ready = func(cases int) { fmt.Fprintf(a.stdout, "ready: %d cases\n", cases) }
			c.Done = func(file string) { fmt.Fprintf(a.stdout, "written: %s\n", file) }
			return algorithm.Run(cmd.Context(), c)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&c.Folder, "folder", container.Folder, "read the models from folder `DIR`")
	flags.StringVar(&c.Input, "input", "/input", "read the images from folder `DIR`")
	flags.StringVar(&c.Output, "output", "/output", "write the segmentations into folder `DIR`")
	return cmd
}

// newConfineCommand is the process that package --dry-run starts in namespaces of its own.
func newConfineCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "confine CAGE",
		Short:   "Run a command under the limits of a dry run",
		Example: examples("autoseg confine '{...}'", "autoseg package RUN -o image.tar --dry-run"),
		Args:    arguments("CAGE"),
		Hidden:  true,
		RunE: func(_ *cobra.Command, args []string) error {
			status, err := container.Confine(args[0])
			if status != statusDone {
				return exited{status, err}
			}
			return nil
		},
	}
}

// exited ends the program with the status of the command that it ran.
type exited struct {
	status int
	err    error
}

func (e exited) Error() string {
	if e.err == nil {
		return fmt.Sprintf("the command ended with exit status %d", e.status)
	}
	return e.err.Error()
}

func (e exited) Unwrap() error { return e.err }
