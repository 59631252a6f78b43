package reproduce

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/pipeline"
)

// source is the run that is reproduced.
type source struct {
	*pipeline.Manifest
	// dir is the folder of the manifest: the run folder, or any other if only the manifest is there.
	dir string
}

// Open reads the manifest of a file or a run folder and reports why it cannot be reproduced, if so.
func Open(path string) (*pipeline.Manifest, string, error) {
	dir := path
	if about, err := os.Stat(path); err != nil {
		return nil, "", fault.Input(fmt.Errorf("manifest: %w", err))
	} else if !about.IsDir() {
		dir = filepath.Dir(path)
		if filepath.Base(path) != pipeline.ManifestFile {
			return nil, "", fault.Input(fmt.Errorf("%s: want a file named %s, or the folder of a run", path, pipeline.ManifestFile))
		}
	}
	m, err := pipeline.ReadManifest(dir)
	if err != nil {
		return nil, "", err
	}
	return m, dir, check(m, path)
}

// check reports what keeps a manifest from being reproduced.
func check(m *pipeline.Manifest, path string) error {
	switch {
	case len(m.Stages) == 0:
		return fault.Input(fmt.Errorf("%s: no %s with a stage; autoseg run makes one", path, pipeline.ManifestFile))
	case m.Settings == nil:
		return fault.Input(fmt.Errorf("%s: no settings, so it is of an older version; call the same autoseg run again to add them", path))
	}
	for _, s := range m.Stages {
		if !s.Complete {
			return fault.Input(fmt.Errorf("%s: stage %s was not finished; call the same autoseg run again first", path, s.Name))
		}
	}
	return nil
}

// record returns the record of a stage, or nil.
func record(m *pipeline.Manifest, name string) *pipeline.Record {
	for _, r := range m.Stages {
		if r.Name == name {
			return r
		}
	}
	return nil
}
