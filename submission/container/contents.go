package container

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/selection"
)

// entry is a file or, without source and content, a folder of a layer.
type entry struct {
	// name has no slash in front; a folder's ends in one.
	name    string
	mode    int64
	source  string
	content []byte
}

// contents are the algorithm's files before they are packed.
type contents struct {
	selection *selection.Selection
	models    []*model.Folder
	entries   []entry
}

// collect finds the files of the selected models.
func collect(run string) (*contents, error) {
	c := &contents{}
	roots, err := c.choose(run)
	if err != nil {
		return nil, err
	}
	for _, name := range c.selection.Models {
		m, err := model.Open(roots[name], model.Final)
		if err != nil {
			return nil, err
		}
		c.models = append(c.models, m)
		if err := c.addModel(name, m); err != nil {
			return nil, err
		}
	}
	content, err := yaml.Marshal(c.selection)
	c.entries = append(c.entries, entry{name: path.Join(folder, selection.File), mode: 0o644, content: content})
	return c, err
}

// choose reads the selection of a run, or makes one of a lone model folder. It returns the folders of the
// models by their names.
func (c *contents) choose(run string) (map[string]string, error) {
	lone, err := isModel(run)
	if err != nil {
		return nil, err
	}
	if lone {
		m, err := model.Open(run, model.Final)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(filepath.Clean(run))
		folds, err := m.Choose(nil)
		c.selection = &selection.Selection{Configuration: name, Model: name, Models: []string{name}, Folds: folds}
		return map[string]string{name: run}, err
	}
	if c.selection, err = selection.Read(run); err != nil {
		return nil, err
	}
	roots := map[string]string{}
	for _, name := range c.selection.Models {
		roots[name] = filepath.Join(run, "models", name)
	}
	if len(roots) == 0 {
		return nil, fault.Input(fmt.Errorf("%s names no model", filepath.Join(run, selection.File)))
	}
	return roots, nil
}

// isModel reports whether a folder is a model itself.
func isModel(dir string) (bool, error) {
	folds, err := filepath.Glob(filepath.Join(dir, "fold_*"))
	return len(folds) > 0, err
}

// addModel adds what prediction needs of a model: no logs, no checkpoints of training, no validation.
func (c *contents) addModel(name string, m *model.Folder) error {
	for _, configuration := range m.Plans.Configurations {
		if configuration.PreviousStage != "" && strings.HasPrefix(name, configuration.Name) {
			return fault.Input(fmt.Errorf("%s is the second stage of a cascade, which an image cannot hold yet; select another configuration", name))
		}
	}
	target := path.Join(folder, "models", name)
	for _, file := range []string{"plan.yaml", "plans.json", "dataset.json", "dataset_fingerprint.json"} {
		c.addFile(path.Join(target, file), filepath.Join(m.Dir, file))
	}
	folds, err := m.Choose(c.selection.Folds)
	if err != nil {
		return err
	}
	for _, fold := range folds {
		file, err := m.File(fold)
		if err != nil {
			return err
		}
		c.addFile(path.Join(target, "fold_"+fold, filepath.Base(file)), file)
	}
	return nil
}

// addFile adds a file if it exists.
func (c *contents) addFile(name, source string) {
	if info, err := os.Stat(source); err == nil && info.Mode().IsRegular() {
		c.entries = append(c.entries, entry{name: name, mode: 0o644, source: source})
	}
}

// sums returns the SHA-256 of every entry that is a file, by its name in the image.
func sums(ctx context.Context, entries []entry) (map[string]string, error) {
	all := map[string]string{}
	for _, e := range entries {
		h := sha256.New()
		if err := e.copyTo(ctx, h); err != nil {
			return nil, err
		}
		all[e.name] = hex.EncodeToString(h.Sum(nil))
	}
	return all, nil
}

// copyTo writes the content of a file, until ctx ends.
func (e entry) copyTo(ctx context.Context, w io.Writer) error {
	if e.source == "" {
		_, err := w.Write(e.content)
		return err
	}
	f, err := os.Open(e.source)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, interruptible{ctx, f})
	return err
}

// interruptible reads until ctx ends: everything that an image is made of passes through here, weights of
// gigabytes several times.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i interruptible) Read(b []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(b)
}

// size returns the number of bytes of a file.
func (e entry) size() (int64, error) {
	if e.source == "" {
		return int64(len(e.content)), nil
	}
	info, err := os.Stat(e.source)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// withFolders adds the folders that lead to the entries, and sorts all.
func withFolders(entries []entry) ([]entry, error) {
	known := map[string]bool{}
	all := slices.Clone(entries)
	for _, e := range entries {
		if known[e.name] {
			return nil, errors.New("container: two files are named " + e.name)
		}
		known[e.name] = true
		for dir := path.Dir(strings.TrimSuffix(e.name, "/")); dir != "."; dir = path.Dir(dir) {
			if !known[dir+"/"] {
				known[dir+"/"] = true
				all = append(all, entry{name: dir + "/", mode: 0o755})
			}
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return all, nil
}
