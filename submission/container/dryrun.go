package container

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/klauspost/compress/gzip"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/submission/algorithm"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/mha"
)

// Trial says how to try an image out.
type Trial struct {
	// Archive is the image's file, Interface its slugs.
	Archive   string
	Interface algorithm.Interface
	// Case is the name of the case, Image what it is tried on, with the model's channels.
	Case  string
	Image *volume.Image
	// Labelling says which values may come out.
	Labelling *dataset.Labelling
	// Confiner is the command line that calls Confine with the argument that is appended to it.
	Confiner []string
	Limits   Limits
}

// Outcome says how it went.
type Outcome struct {
	// Enforced are the limits that were in force, NotEnforced those that this machine does not allow.
	Enforced    []string `json:"enforced"`
	NotEnforced []string `json:"not_enforced"`
	// Ready is the time from the start of the container to the loaded models, Total to its end.
	Ready time.Duration `json:"ready_ns"`
	Total time.Duration `json:"total_ns"`
	// PeakMemory is the most resident memory, in bytes.
	PeakMemory int64 `json:"peak_memory"`
	// Labels is the segmentation.
	Labels *volume.Labels `json:"-"`
	// Messages is what the container wrote to its standard error.
	Messages string `json:"messages,omitempty"`
}

// DryRun unpacks an image and runs its entry point on a case under the limits.
func DryRun(ctx context.Context, t Trial) (*Outcome, error) {
	if err := t.Limits.Validate(); err != nil {
		return nil, fault.Input(err)
	}
	if runtime.GOOS != "linux" {
		return nil, fault.Input(errors.New("a container can be tried out on Linux only"))
	}
	dir, err := os.MkdirTemp("", "autoseg-dry-run-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	c := cage{Limits: t.Limits, Root: filepath.Join(dir, "root"), Input: filepath.Join(dir, "input"), Output: filepath.Join(dir, "output"), Namespaces: true}
	if err := t.prepare(c); err != nil {
		return nil, err
	}
	o, err := t.start(ctx, c)
	if errors.Is(err, errNoNamespaces) {
		o, err = t.start(ctx, c.open())
	}
	if err != nil {
		return o, err
	}
	return o, t.check(c, o)
}

// open returns the cage for machines without user namespaces: the same program, outside.
func (c cage) open() cage {
	c.Namespaces = false
	return c
}

// command is the entry point as the cage sees it.
func (c cage) command() []string {
	if c.Namespaces {
		return entryPoint
	}
	return []string{filepath.Join(c.Root, programName), entryPoint[1], "--folder", filepath.Join(c.Root, folder), "--input", c.Input, "--output", c.Output}
}

// prepare unpacks the image and writes the input.
func (t *Trial) prepare(c cage) error {
	for _, dir := range []string{"dev/shm", "proc"} {
		if err := os.MkdirAll(filepath.Join(c.Root, dir), 0o755); err != nil {
			return err
		}
	}
	img, err := tarball.Image(t.open, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", t.Archive, err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		return err
	}
	if config.Architecture != runtime.GOARCH {
		return fault.Input(fmt.Errorf("the image is for %s, this machine is %s; try it out there", config.Architecture, runtime.GOARCH))
	}
	files := mutate.Extract(img)
	defer files.Close()
	if err := unpack(files, c.Root); err != nil {
		return fmt.Errorf("unpack %s: %w", t.Archive, err)
	}
	if err := os.Mkdir(c.Output, 0o755); err != nil {
		return err
	}
	return t.writeInput(c.Input)
}

// writeInput writes the image where the platform would.
func (t *Trial) writeInput(input string) error {
	for n, slug := range t.Interface.Inputs {
		place := filepath.Join(input, "images", slug)
		if err := os.MkdirAll(place, 0o755); err != nil {
			return err
		}
		channel := &volume.Image{Geometry: t.Image.Geometry, Channels: 1, Data: t.Image.Channel(n).Data}
		if err := mha.WriteImage(filepath.Join(place, t.Case+".mha"), channel); err != nil {
			return err
		}
	}
	return nil
}

// open opens the image's file, unpacked.
func (t *Trial) open() (io.ReadCloser, error) {
	f, err := os.Open(t.Archive)
	if err != nil || !strings.HasSuffix(t.Archive, ".gz") {
		return f, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{z, f}, nil
}

// errNoNamespaces says that the cage could not be built as wanted.
var errNoNamespaces = errors.New("user namespaces are not available")

// start runs the entry point and measures it.
func (t *Trial) start(ctx context.Context, c cage) (*Outcome, error) {
	c.Command = c.command()
	document, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	arguments := append(t.Confiner[1:len(t.Confiner):len(t.Confiner)], string(document))
	command := exec.CommandContext(ctx, t.Confiner[0], arguments...)
	command.Env = []string{}
	if c.Namespaces {
		command.SysProcAttr = namespaces()
	}
	var messages bytes.Buffer
	command.Stderr = &messages
	words, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoNamespaces, err)
	}
	o := &Outcome{}
	o.Enforced, o.NotEnforced = c.words(os.Geteuid() == 0)
	for s := bufio.NewScanner(words); s.Scan(); {
		if o.Ready == 0 && strings.HasPrefix(s.Text(), "ready") {
			o.Ready = time.Since(begin)
		}
	}
	err = command.Wait()
	o.Total, o.PeakMemory, o.Messages = time.Since(begin), peakMemory(command.ProcessState), messages.String()
	switch {
	case ctx.Err() != nil:
		return o, ctx.Err()
	case command.ProcessState.ExitCode() == confineFailed && c.Namespaces:
		return o, fmt.Errorf("%w: %s", errNoNamespaces, o.Messages)
	case err != nil:
		return o, fmt.Errorf("the container ended with %w under the limits %s:\n%s", err, strings.Join(o.Enforced, "; "), o.Messages)
	}
	return o, nil
}

// check reads the segmentation as the platform does.
func (t *Trial) check(c cage, o *Outcome) error {
	file := filepath.Join(c.Output, "images", t.Interface.Output, t.Case+".mha")
	labels, err := mha.ReadLabels(file)
	if err != nil {
		return fmt.Errorf("the container wrote no segmentation: %w", err)
	}
	if !labels.Equal(t.Image.Geometry, 1e-6) {
		return fmt.Errorf("the segmentation has the grid %+v, the image %+v", labels.Geometry, t.Image.Geometry)
	}
	known := map[int]bool{}
	for _, v := range t.Labelling.All() {
		known[v] = true
	}
	for _, v := range labels.Data {
		if !known[int(v)] {
			return fmt.Errorf("the segmentation has the label %d, which the dataset does not", v)
		}
	}
	o.Labels = labels
	return nil
}
