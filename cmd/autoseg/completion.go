package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// completionScripts are the shells for which there is a script, and what writes it.
var completionScripts = map[string]func(root *cobra.Command, w io.Writer) error{
	"bash":       bashScript,
	"fish":       func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
	"powershell": func(root *cobra.Command, w io.Writer) error { return root.GenPowerShellCompletionWithDesc(w) },
	"zsh":        func(root *cobra.Command, w io.Writer) error { return root.GenZshCompletion(w) },
}

// withoutPackage stands in for the one function of the package bash-completion that the script cannot do
// without; where the package is loaded, its own is used.
const withoutPackage = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref()
    {
        words=("${COMP_WORDS[@]}")
        cword=$COMP_CWORD
        cur=${words[cword]}
        prev=${words[cword > 0 ? cword - 1 : 0]}
    }
fi

`

func bashScript(root *cobra.Command, w io.Writer) error {
	if _, err := io.WriteString(w, withoutPackage); err != nil {
		return err
	}
	return root.GenBashCompletionV2(w, true)
}

// newCompletionCommand replaces cobra's, for which an unknown shell is no mistake.
func newCompletionCommand(a *app) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the script that completes verbs and flags in bash, zsh, fish or powershell",
		Long: `Prints the script that lets a shell complete verbs, flags and their values. For the shell that is open:

  bash         source <(autoseg completion bash)
  zsh          source <(autoseg completion zsh)
  fish         autoseg completion fish | source
  powershell   autoseg completion powershell | Out-String | Invoke-Expression

For every new one, write the script to where the shell looks for it, as in the examples.`,
		Example: examples(
			"autoseg completion bash > /etc/bash_completion.d/autoseg",
			`autoseg completion zsh > "${fpath[1]}/_autoseg"`,
			"autoseg completion fish > ~/.config/fish/completions/autoseg.fish"),
		Args:              arguments("SHELL"),
		ValidArgsFunction: cobra.FixedCompletions(shells, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("SHELL", args[0], shells); err != nil {
				return err
			}
			if err := completionScripts[args[0]](cmd.Root(), a.stdout); err != nil {
				return fmt.Errorf("write the script to stdout: %w", err)
			}
			return nil
		},
	}
}
