package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// programVersion is the version of the next release; the commit tells builds between releases apart.
const programVersion = "0.1.0"

// version describes the running program.
type version struct {
	Version  string            `json:"version"`
	Commit   string            `json:"commit"`
	Modified bool              `json:"modified"`
	Go       string            `json:"go"`
	Platform string            `json:"platform"`
	Settings map[string]string `json:"settings"`
}

// readVersion collects what the Go linker wrote into the binary.
func readVersion() version {
	v := version{
		Version: programVersion, Commit: "unknown",
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Settings: map[string]string{},
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		case "CGO_ENABLED", "GOAMD64", "GOARM64", "-tags":
			v.Settings[s.Key] = s.Value
		}
	}
	return v
}

func newVersionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print version, commit and build settings",
		Example: examples("autoseg version", "autoseg version --json"),
		Args:    arguments(),
		RunE: func(*cobra.Command, []string) error {
			v := readVersion()
			if a.flags.json {
				return a.printJSON(v)
			}
			return printVersion(a, v)
		},
	}
}

func printVersion(a *app, v version) error {
	commit := v.Commit
	if v.Modified {
		commit += " (modified)"
	}
	_, err := fmt.Fprintf(a.stdout, "autoseg %s\ncommit   %s\nbuilt    %s for %s\n", v.Version, commit, v.Go, v.Platform)
	for _, key := range []string{"CGO_ENABLED", "GOAMD64", "GOARM64", "-tags"} {
		if value, ok := v.Settings[key]; ok && err == nil {
			_, err = fmt.Fprintf(a.stdout, "setting  %s=%s\n", key, value)
		}
	}
	return err
}
