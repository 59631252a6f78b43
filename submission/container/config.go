package container

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/submission/algorithm"
)

// Config says what goes into an image.
type Config struct {
	// Program is the path of a static Linux build of autoseg.
	Program string
	// Version is the program's.
	Version string
	// Run is the run folder: selection.yaml and models. A model folder of its own (plan.yaml and fold_K)
	// is packed without post-processing, with every fold.
	Run string
	// Interface is what the platform calls inputs and output; the zero value means the default.
	Interface algorithm.Interface
	// Tag is the image's name and tag; empty means autoseg/DATASET:VERSION.
	Tag string
}

// entryPoint is the command of the image.
var entryPoint = []string{"/" + programName, "algorithm"}

// The places in the image.
const (
	programName = "autoseg"
	folder      = "opt/autoseg"
	cardName    = "MODEL_CARD.md"
)

// Folder is where the algorithm's files lie in an image.
const Folder = "/" + folder

// architecture returns the name that images use for the processor of a static Linux program.
func architecture(program string) (string, error) {
	f, err := elf.Open(program)
	if err != nil {
		return "", fmt.Errorf("%s is no Linux program: %w; name one with --program (GOOS=linux CGO_ENABLED=0 go build)", program, err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return "", fmt.Errorf("%s needs a dynamic linker, and an empty image has none; build it with CGO_ENABLED=0", program)
		}
	}
	names := map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}
	if name, ok := names[f.Machine]; ok {
		return name, nil
	}
	return "", fmt.Errorf("%s is for %v; images are made for amd64 and arm64", program, f.Machine)
}

// tag returns the image's name.
func (c *Config) tag(data string) string {
	if c.Tag != "" {
		return c.Tag
	}
	return "autoseg/" + algorithm.DefaultInterface([]string{data, ""}).Inputs[0] + ":" + c.Version
}

// interfaceFor returns the interface for a model's channels.
func (c *Config) interfaceFor(d *dataset.Description) (algorithm.Interface, error) {
	i, standard := c.Interface, algorithm.DefaultInterface(d.Channels)
	if len(i.Inputs) == 0 {
		i.Inputs = standard.Inputs
	}
	if i.Output == "" {
		i.Output = standard.Output
	}
	return i, i.Validate(len(d.Channels))
}

// Validate reports what is missing.
func (c *Config) Validate() error {
	var findings []error
	for _, path := range []string{c.Program, c.Run} {
		if _, err := os.Stat(path); err != nil {
			findings = append(findings, fmt.Errorf("package: %w", err))
		}
	}
	return errors.Join(findings...)
}
