package importer

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/nearest"
)

//go:embed datasets/*.yaml
var descriptions embed.FS

// All returns every format, sorted by name.
func All() ([]*Format, error) {
	entries, err := descriptions.ReadDir("datasets")
	if err != nil {
		return nil, err
	}
	var all []*Format
	for _, e := range entries {
		data, err := descriptions.ReadFile(path.Join("datasets", e.Name()))
		if err != nil {
			return nil, err
		}
		formats, err := parseFormats(data)
		if err != nil {
			return nil, fmt.Errorf("datasets/%s: %w", e.Name(), err)
		}
		all = append(all, formats...)
	}
	slices.SortFunc(all, func(a, b *Format) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// parseFormats reads the YAML documents of a file.
func parseFormats(data []byte) ([]*Format, error) {
	var all []*Format
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	for {
		f := &Format{}
		if err := decoder.Decode(f); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		if err := f.Validate(); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
}

// Find returns the format of a name or alias. Letter case and punctuation do not matter.
func Find(name string) (*Format, error) {
	all, err := All()
	if err != nil {
		return nil, err
	}
	var known []string
	for _, f := range all {
		for _, n := range append([]string{f.Name}, f.Aliases...) {
			if plainName(n) == plainName(name) {
				return f, nil
			}
			known = append(known, n)
		}
	}
	hint := "import --list prints them"
	if near := nearest.Word(strings.ToLower(name), known); near != "" {
		hint = fmt.Sprintf("did you mean %q? %s", near, hint)
	}
	return nil, fault.Input(fmt.Errorf("there is no format %q; %s", name, hint))
}

func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_ .", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}
