package algorithm

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// File is the name of the file with the interface, in the algorithm's folder.
const File = "algorithm.json"

// Interface names what goes in and what comes out, in the platform's words.
type Interface struct {
	// Inputs are the slugs of the channels, in the order of the model's channels.
	Inputs []string `json:"inputs"`
	// Output is the slug of the segmentation.
	Output string `json:"output"`
}

// DefaultInterface has the platform's general slugs for one channel, and slugs made from the names of
// several channels.
func DefaultInterface(channels []string) Interface {
	i := Interface{Inputs: []string{"generic-medical-image"}, Output: "generic-overlay"}
	if len(channels) == 1 {
		return i
	}
	i.Inputs = nil
	for n, name := range channels {
		slug := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(name), "-"), "-")
		if slug == "" || slices.Contains(i.Inputs, slug) {
			slug = fmt.Sprintf("channel-%d", n)
		}
		i.Inputs = append(i.Inputs, slug)
	}
	return i
}

var (
	notSlug = regexp.MustCompile(`[^a-z0-9]+`)
	slug    = regexp.MustCompile(`^[a-z0-9]+([-_][a-z0-9]+)*$`)
)

// Validate reports slugs that cannot be folders, and a number of them that is not the model's number of
// channels.
func (i Interface) Validate(channels int) error {
	var findings []error
	if len(i.Inputs) != channels {
		findings = append(findings, fmt.Errorf("%d input slugs %v for the %d channels of the model", len(i.Inputs), i.Inputs, channels))
	}
	for n, s := range append(slices.Clone(i.Inputs), i.Output) {
		if !slug.MatchString(s) {
			findings = append(findings, fmt.Errorf("slug %q: want lower-case letters and digits, joined by - or _", s))
		}
		if slices.Contains(i.Inputs[:min(n, len(i.Inputs))], s) && n < len(i.Inputs) {
			findings = append(findings, fmt.Errorf("slug %q names two channels", s))
		}
	}
	return errors.Join(findings...)
}

// Marshal returns the text of the file.
func (i Interface) Marshal() ([]byte, error) {
	content, err := json.MarshalIndent(i, "", "  ")
	return append(content, '\n'), err
}

// readInterface reads the file from the algorithm's folder.
func readInterface(folder string) (Interface, error) {
	var i Interface
	path := filepath.Join(folder, File)
	content, err := os.ReadFile(path)
	if err != nil {
		return i, err
	}
	if err := json.Unmarshal(content, &i); err != nil {
		return i, fmt.Errorf("%s: %w", path, err)
	}
	return i, nil
}
