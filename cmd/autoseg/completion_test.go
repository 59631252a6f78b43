package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestBashCompletes sources the script in a bash without the package bash-completion, with a program that
// answers as this one does, and presses Tab.
func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	for name, test := range map[string]struct {
		words []string
		want  []string
	}{
		"verb":           {[]string{"autoseg", "pla"}, []string{"plan"}},
		"value":          {[]string{"autoseg", "plan", "--format", ""}, []string{"yaml", "nnunet"}},
		"shell":          {[]string{"autoseg", "completion", "po"}, []string{"powershell"}},
		"flag of a verb": {[]string{"autoseg", "predict", "--mod"}, []string{"--model"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, script, _ := execute("completion", "bash")
			_, answer, _ := execute(append([]string{"__complete"}, test.words[1:]...)...)
			for file, text := range map[string]string{"script": script, "answer": answer} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			program := "autoseg() { cat answer; }\nsource ./script\nCOMP_TYPE=9 COMP_WORDS=(" + quoted(test.words) + ")\n" +
				"COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=\"${COMP_WORDS[*]}\" COMP_POINT=${#COMP_LINE}\n" +
				"__start_autoseg 2>/dev/null\nfor word in \"${COMPREPLY[@]}\"; do echo \"${word%% *}\"; done"
			cmd := exec.Command(bash, "--norc", "--noprofile", "-c", program)
			cmd.Dir = dir
			out, err := cmd.Output()
			if got := strings.Fields(string(out)); err != nil || !slices.Equal(got, test.want) {
				t.Errorf("completed to %q, want %q (%v)", got, test.want, err)
			}
		})
	}
}

func quoted(words []string) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString("'" + w + "' ")
	}
	return b.String()
}

func TestCompletionOfAnotherShell(t *testing.T) {
	for _, args := range [][]string{{"completion"}, {"completion", "tcsh"}} {
		if status, stdout, _ := execute(args...); status != statusUsage || stdout != "" {
			t.Errorf("%v: exit status %d, stdout %q", args, status, stdout)
		}
	}
	for shell := range completionScripts {
		if status, stdout, _ := execute("completion", shell); status != statusDone || !strings.Contains(stdout, "autoseg") {
			t.Errorf("%s: exit status %d, %d bytes", shell, status, len(stdout))
		}
	}
}
