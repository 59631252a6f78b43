package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/autoseg/autoseg/phantom"
)

// asProgram makes the test binary behave as the program, for shells that tests start.
const asProgram = "AUTOSEG_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// The kinds of command lines in documents, by the words behind ```sh.
const (
	executed   = ""           // as they stand, in the demo's folder
	long       = "long"       // take minutes
	download   = "download"   // need something from the internet
	repository = "repository" // belong into a checkout
	example    = "example"    // name files of the reader
)

// commands is a fenced block of a document.
type commands struct {
	file string
	line int
	kind string
	text string
}

// documents returns the blocks of all documents, by file.
func documents(t *testing.T) map[string][]commands {
	t.Helper()
	root := filepath.Join("..", "..")
	files := []string{filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md"), filepath.Join(root, "examples", "README.md")}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]commands{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(root, file)
		if blocks := blocksOf(filepath.ToSlash(name), string(content)); len(blocks) > 0 {
			all[name] = blocks
		}
	}
	return all
}

// blocksOf finds the fenced blocks of commands in a document.
func blocksOf(file, text string) []commands {
	var blocks []commands
	var open *commands
	for i, line := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && open != nil:
			blocks = append(blocks, *open)
			open = nil
		case isFence && (fence == "sh" || strings.HasPrefix(fence, "sh ")):
			open = &commands{file: file, line: i + 1, kind: strings.TrimSpace(strings.TrimPrefix(fence, "sh"))}
		case open != nil:
			open.text += line + "\n"
		}
	}
	return blocks
}

func TestBlocksOf(t *testing.T) {
	got := blocksOf("a.md", "x\n```sh\nautoseg a\n```\n```yaml\nautoseg b\n```\n```sh long\nautoseg c\n\nautoseg d\n```\n")
	want := []commands{{"a.md", 2, executed, "autoseg a\n"}, {"a.md", 8, long, "autoseg c\n\nautoseg d\n"}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestDocumentedCommandsExist checks every command line of every document against the verbs and flags that
// there are, whether it is executed or not.
func TestDocumentedCommandsExist(t *testing.T) {
	for file, blocks := range documents(t) {
		for _, b := range blocks {
			switch b.kind {
			case executed, long, download, repository, example:
			default:
				t.Errorf("%s:%d: ```sh %s is of no known kind", file, b.line, b.kind)
			}
			for _, line := range strings.Split(b.text, "\n") {
				if err := checkLine(line); err != nil {
					t.Errorf("%s:%d: %s: %v", file, b.line, line, err)
				}
			}
		}
	}
}

// checkLine looks up verb and flags of a command line.
func checkLine(line string) error {
	line, _, _ = strings.Cut(line, " #")
	words := strings.Fields(line)
	if len(words) > 3 && words[0] == "go" && words[2] == "./cmd/autoseg" {
		words = words[2:]
	}
	if len(words) == 0 || filepath.Base(words[0]) != "autoseg" {
		return nil
	}
	cmd, rest, err := newRootCommand(newApp(nil, nil, nil)).Find(words[1:])
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil && !errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if cmd.Name() == "help" {
		return nil
	}
	return argumentsOf(cmd)
}

func argumentsOf(cmd *cobra.Command) error {
	if cmd.Args == nil {
		return nil
	}
	return cmd.Args(cmd, cmd.Flags().Args())
}

// demoFolder makes what autoseg demo leaves, smaller: a dataset and a finished run.
func demoFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	data := filepath.Join(dir, "Dataset999_Phantom")
	if err := phantom.Write(data, phantom.Options{Seed: 1234, Cases: 5, TestCases: 1}); err != nil {
		t.Fatal(err)
	}
	tinyRun(t, data, filepath.Join(dir, "run"))
	return dir
}

// TestDocumentedCommandsRun executes what documents show, each document in a demo folder of its own and its
// lines in their order.
func TestDocumentedCommandsRun(t *testing.T) {
	demo := demoFolder(t)
	for file, blocks := range documents(t) {
		if text := script(blocks, executed); text != "" {
			t.Run(file, func(t *testing.T) { inShell(t, demo, text) })
		}
	}
}

// inShell runs command lines in a copy of the demo folder, with the test binary as the program.
func inShell(t *testing.T, demo, text string) {
	t.Helper()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh here")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(program, filepath.Join(bin, "autoseg")); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(demo)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), shell, "-e", "-x", "-c", text)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asProgram+"=1", "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

// script joins the blocks of some kinds.
func script(blocks []commands, kinds ...string) string {
	var b strings.Builder
	for _, c := range blocks {
		if slices.Contains(kinds, c.kind) {
			fmt.Fprintln(&b, c.text)
		}
	}
	return b.String()
}
