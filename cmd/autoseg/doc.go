// Command autoseg is the command line of the segmentation pipeline. It parses flags, opens files,
// calls one function of a package and prints; it holds no logic of its own.
//
// # How a verb is added
//
// One file per verb, named after it, with a constructor that verbs.go lists:
//
//	func newVerifyCommand(a *app) *cobra.Command {
//		var fix string
//		cmd := &cobra.Command{
//			Use:     "verify DATASET",
//			Short:   "Check a dataset's integrity and plausibility",
//			Example: examples("autoseg verify Dataset004_Hippocampus", "autoseg verify raw --fix repaired"),
//			Args:    arguments("DATASET"),
//			RunE: func(cmd *cobra.Command, args []string) error {
//				return verify(cmd.Context(), a, args[0], fix)
//			},
//		}
//		cmd.Flags().StringVar(&fix, "fix", "", "write a repaired copy into `DIR`")
//		return cmd
//	}
//
// Conventions:
//
//   - Every verb has a Short line, at least two real examples (examples), and checks the number of
//     its positional arguments with arguments. A verb that only holds other verbs is made with group.
//   - A verb parses flags into the package's config struct, calls Validate, calls one function and
//     prints. Its value placeholder stands in back quotes in the flag's usage text.
//   - Streams and global flags are fields of app: results go to a.stdout (one JSON document through
//     a.printJSON when a.flags.json is set, a table through a.printTable otherwise), messages to
//     a.log, progress to the function that a.track returns. Nothing else writes to a stream, nothing
//     calls os.Exit or reads os.Args.
//   - Exit statuses follow from the returned error: usagef makes status 2, fault.Input status 3, a
//     cancelled context 130, everything else 1. Cobra's own errors about flags and verbs are 2.
//   - The context ends on the first interrupt: whoever works long returns ctx.Err() after saving.
//
// docs/reference/cli.md is generated from the commands: go test ./cmd/autoseg -run Reference -update.
package main
