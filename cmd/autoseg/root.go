package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/autoseg/autoseg/internal/nearest"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const about = `autoseg turns a folder of medical images and segmentations into trained networks,
predictions and a report: it measures the data, plans, preprocesses, trains U-Nets
in cross-validation, predicts and evaluates, with nnU-Net v2's decisions and no
other software. It is not a medical device.`

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "autoseg VERB [ARGUMENTS] [FLAGS]",
		Short:         "Self-configuring segmentation of medical images",
		Long:          about,
		Example:       examples("autoseg demo", "autoseg run Dataset004_Hippocampus --budget 30m"),
		Args:          knownVerb,
		SilenceErrors: true,
		SilenceUsage:  true,

		DisableFlagsInUseLine: true,
		RunE:                  func(cmd *cobra.Command, _ []string) error { return verbMissing(cmd) },
		PersistentPreRunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(a.apply(), checkValues(cmd, args)); err != nil {
				return err
			}
			return a.checkOutputs(cmd)
		},
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.progress)
	root.SetFlagErrorFunc(flagError)
	root.SetUsageTemplate(usageTemplate)
	root.SetHelpCommand(newHelpCommand())
	a.flags.register(root)
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(verbs(a)...)
	return root
}

// group turns cmd into the parent of verbs that does nothing itself.
func group(cmd *cobra.Command, verbs ...*cobra.Command) *cobra.Command {
	cmd.Args = knownVerb
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return verbMissing(cmd) }
	cmd.AddCommand(verbs...)
	return cmd
}

// examples formats command lines for the help text.
func examples(lines ...string) string { return "  " + strings.Join(lines, "\n  ") }

// arguments demands exactly the named positional arguments.
func arguments(names ...string) cobra.PositionalArgs {
	return argumentsRange(len(names), names...)
}

// argumentsRange demands the first least of the named positional arguments and allows the others. A
// last name that ends in "..." may repeat.
func argumentsRange(least int, names ...string) cobra.PositionalArgs {
	repeats := len(names) > 0 && strings.HasSuffix(names[len(names)-1], "...")
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("%s is missing; see %s", names[len(args)], helpLine(cmd))
		case len(args) > len(names) && !repeats:
			return usagef("unexpected argument %q; see %s", args[len(names)], helpLine(cmd))
		}
		return nil
	}
}

// helpLine returns the command line that explains cmd.
func helpLine(cmd *cobra.Command) string {
	_, verb, _ := strings.Cut(cmd.CommandPath(), " ")
	return strings.TrimSpace("autoseg help " + verb)
}

func verbMissing(cmd *cobra.Command) error {
	fmt.Fprint(cmd.ErrOrStderr(), cmd.UsageString())
	return usagef("which verb?")
}

// knownVerb reports a word that is no verb of cmd, with what may have been meant.
func knownVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := fmt.Sprintf("unknown verb %q", args[0])
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if near := nearest.Word(args[0], names); near != "" {
		message += fmt.Sprintf("; did you mean %q?", near)
	}
	return usagef("%s; see %s", message, helpLine(cmd))
}

// flagError explains a flag that cannot be parsed, with what may have been meant.
func flagError(cmd *cobra.Command, err error) error {
	message := err.Error()
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		message = badValue(invalid)
	}
	if errors.As(err, &unknown) {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := nearest.Word(unknown.GetSpecifiedName(), names); near != "" {
			message += fmt.Sprintf("; did you mean --%s?", near)
		}
	}
	return usagef("%s; see %s", message, helpLine(cmd))
}
