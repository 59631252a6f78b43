package reproduce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/pipeline"
)

// varies is what a manifest says instead of the digest of a file that holds times.
const varies = "varies"

// comparison collects a report.
type comparison struct {
	source
	Config
	report *Report
}

// compare compares the replay in the work folder with the manifest, stage by stage.
func (s source) compare(ctx context.Context, c Config) (*Report, error) {
	replayed, err := pipeline.ReadManifest(c.Work)
	if err != nil {
		return nil, err
	}
	k := comparison{s, c, &Report{
		Recorded: level(s.SIMD, s.Platform), Here: level(c.SIMD, runtime.GOARCH), SameLevel: s.sameLevel(c),
	}}
	for _, r := range s.Stages {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		again := record(replayed, r.Name)
		if again == nil {
			k.skip("stage "+r.Name, "it belongs to an earlier command of this run folder")
			continue
		}
		if err := k.stage(r, again); err != nil {
			return nil, fmt.Errorf("compare %s: %w", r.Name, err)
		}
	}
	k.skip("checkpoint.a and checkpoint.b of every fold", "a training's own book-keeping")
	k.skip(pipeline.ManifestFile+" and "+pipeline.LogFile+" of the run", "they name commands and times")
	return k.report, nil
}

func (k *comparison) skip(what, reason string) {
	k.report.Skipped = append(k.report.Skipped, Skipped{what, reason})
}

// stage compares the results of one stage.
func (k *comparison) stage(recorded, replayed *pipeline.Record) error {
	names := slices.SortedFunc(maps.Keys(recorded.Results), causesFirst)
	for _, name := range names {
		a, err := k.artefact(recorded, replayed.Results, name)
		if err != nil {
			return err
		}
		if a != nil {
			k.report.Artefacts = append(k.report.Artefacts, *a)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(replayed.Results)) {
		if _, known := recorded.Results[name]; !known {
			k.report.Artefacts = append(k.report.Artefacts, Artefact{Stage: recorded.Name, File: name, State: Extra})
		}
	}
	return nil
}

// artefact compares one result; nil means that it cannot be compared, which is noted.
func (k *comparison) artefact(recorded *pipeline.Record, replayed map[string]string, name string) (*Artefact, error) {
	want, got := recorded.Results[name], replayed[name]
	a := &Artefact{Stage: recorded.Name, File: name, State: Equal}
	exact := k.report.SameLevel || exactAnywhere(recorded.Name, k.samePlatform())
	switch {
	case want == varies:
		k.skip(name, "it holds times")
		return nil, nil
	case got == "":
		a.State = Missing
	case want != got && exact:
		a.State = Differs
	case want != got && !isSegmentation(name):
		k.skip(name, "it depends on the SIMD level")
		return nil, nil
	case want != got:
		return k.dice(a)
	}
	if a.State == Equal {
		return a, k.unchanged(a, want)
	}
	return a, nil
}

// unchanged checks the file beside the manifest, if the run folder is there.
func (k *comparison) unchanged(a *Artefact, want string) error {
	sum, err := digest(filepath.Join(k.dir, filepath.FromSlash(a.File)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the manifest alone is enough
	}
	if err == nil && sum != want {
		a.State = Changed
	}
	return err
}

// exactAnywhere reports whether a stage gives the same bytes on every SIMD level: those that no network
// has a part in. Other processors may round measurements and voxels differently.
func exactAnywhere(stage string, samePlatform bool) bool {
	if stage == "splits" {
		return true
	}
	first, _, _ := strings.Cut(stage, "/")
	return samePlatform && slices.Contains([]string{"fingerprint", "plan", "preprocess", "model"}, first)
}

// isSegmentation reports whether a file is a label map: in one of the folders that hold nothing else of
// images.
func isSegmentation(name string) bool {
	top, _, _ := strings.Cut(name, "/")
	folder := path.Base(path.Dir(name))
	return (slices.Contains([]string{"predictions_raw", "ensembles"}, top) || slices.Contains([]string{"validation", "cv", "predictions"}, folder)) &&
		!slices.Contains([]string{".json", ".csv", ".yaml", ".npz", ".npy", ".html"}, path.Ext(name))
}

// causesFirst puts weights before what was predicted with them.
func causesFirst(a, b string) int {
	rank := func(name string) int {
		switch {
		case path.Ext(name) == ".safetensors":
			return 0
		case isSegmentation(name):
			return 1
		}
		return 2
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

// exists reports whether a file is there.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
