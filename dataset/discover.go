package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/autoseg/autoseg/internal/jsonx"
)

// discover finds the cases of the dataset's layout (nnU-Net: utilities/utils.py).
func (d *Dataset) discover() error {
	var err error
	switch d.Layout {
	case Table:
		d.Cases, err = d.tableCases()
	case Decathlon:
		d.Cases, err = d.decathlonCases()
	default:
		d.Cases, err = d.folderCases("imagesTr", "labelsTr", true)
	}
	if err != nil {
		return err
	}
	if d.Layout == Decathlon {
		d.Test, err = d.decathlonTest()
	} else {
		d.Test, err = d.folderCases("imagesTs", "labelsTs", false)
	}
	return err
}

// folder returns the folder of the dataset with this name, or the plain name of people who do not
// know nnU-Net (images, labels), or "".
func (d *Dataset) folder(name string) string {
	names := []string{name}
	switch name {
	case "imagesTr":
		names = append(names, "images")
	case "labelsTr":
		names = append(names, "labels")
	}
	for _, n := range names {
		if info, err := os.Stat(filepath.Join(d.Dir, n)); err == nil && info.IsDir() {
			return filepath.Join(d.Dir, n)
		}
	}
	return ""
}

// folderCases lists CASE_0000.ENDING files, or CASE.ENDING files in the plain layout.
func (d *Dataset) folderCases(images, labels string, training bool) ([]Case, error) {
	imageDir, labelDir := d.folder(images), d.folder(labels)
	if imageDir == "" {
		if training {
			return nil, fmt.Errorf("there is no folder %s", images)
		}
		return nil, nil
	}
	if labelDir == "" && training {
		return nil, fmt.Errorf("there is no folder %s", labels)
	}
	files, err := regularFiles(imageDir, d.FileEnding)
	if err != nil {
		return nil, err
	}
	var cases []Case
	for id, list := range d.group(files) {
		c := Case{ID: id}
		for _, f := range list {
			c.Images = append(c.Images, filepath.Join(imageDir, f))
		}
		if labelDir != "" {
			c.Labels = filepath.Join(labelDir, id+d.FileEnding)
		}
		if !training && !isFile(c.Labels) {
			c.Labels = ""
		}
		cases = append(cases, c)
	}
	sort.Slice(cases, func(i, j int) bool { return cases[i].ID < cases[j].ID })
	return cases, nil
}

// group collects the sorted image files of every case. A case is what remains of a file name without
// the ending and the five characters before it; its channels are the files with four digits there.
func (d *Dataset) group(files []string) map[string][]string {
	groups := map[string][]string{}
	for _, f := range files {
		id := strings.TrimSuffix(f, d.FileEnding)
		if d.Layout == Plain {
			groups[id] = append(groups[id], f)
			continue
		}
		if len(id) > 5 {
			id = id[:len(id)-5]
		}
		if channelSuffix.MatchString(strings.TrimSuffix(f, d.FileEnding)) {
			groups[id] = append(groups[id], f)
		} else if _, ok := groups[id]; !ok {
			groups[id] = nil
		}
	}
	return groups
}

var channelSuffix = regexp.MustCompile(`._[0-9]{4}$`)

// regularFiles lists the files of a folder with an ending, sorted by code point, without the hidden
// ones that some systems leave behind.
func regularFiles(dir, ending string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, ending) && len(name) > len(ending) && name[0] != '.' && isFile(filepath.Join(dir, name)) {
			files = append(files, name)
		}
	}
	return files, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return path != "" && err == nil && info.Mode().IsRegular()
}

// tableCases reads the explicit file table, in its order.
func (d *Dataset) tableCases() ([]Case, error) {
	v, _ := d.document.Get("dataset")
	var cases []Case
	for _, m := range v.(*jsonx.Object).Members {
		c, err := d.tableCase(m)
		if err != nil {
			return nil, fmt.Errorf("dataset.json: dataset: case %q: %w", m.Key, err)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

func (d *Dataset) tableCase(m jsonx.Member) (Case, error) {
	c := Case{ID: m.Key}
	if err := checkID(c.ID); err != nil {
		return c, err
	}
	o, ok := m.Value.(*jsonx.Object)
	if !ok {
		return c, fmt.Errorf(`is %s, want {"images": [...], "label": ...}`, jsonx.Kind(m.Value))
	}
	images, _ := o.Get("images")
	list, ok := images.([]any)
	if !ok || len(list) == 0 {
		return c, fmt.Errorf("images is %s, want a list of files", jsonx.Kind(images))
	}
	for _, f := range list {
		path, err := d.inside(f)
		if err != nil {
			return c, err
		}
		c.Images = append(c.Images, path)
	}
	label, _ := o.Get("label")
	var err error
	c.Labels, err = d.inside(label)
	return c, err
}

// decathlonCases reads the list "training"; images and labels have no channel suffix.
func (d *Dataset) decathlonCases() ([]Case, error) {
	v, _ := d.document.Get("training")
	var cases []Case
	for i, item := range v.([]any) {
		o, ok := item.(*jsonx.Object)
		if !ok {
			return nil, fmt.Errorf(`dataset.json: training[%d] is %s, want {"image": ..., "label": ...}`, i, jsonx.Kind(item))
		}
		image, _ := o.Get("image")
		label, _ := o.Get("label")
		c, err := d.listedCase(image)
		if err == nil {
			c.Labels, err = d.inside(label)
		}
		if err != nil {
			return nil, fmt.Errorf("dataset.json: training[%d]: %w", i, err)
		}
		cases = append(cases, c)
	}
	return distinct(cases)
}

func (d *Dataset) decathlonTest() ([]Case, error) {
	v, _ := d.document.Get("test")
	list, _ := v.([]any)
	var cases []Case
	for i, item := range list {
		if o, ok := item.(*jsonx.Object); ok { // some tasks list {"image": ...}
			item, _ = o.Get("image")
		}
		c, err := d.listedCase(item)
		if err != nil {
			return nil, fmt.Errorf("dataset.json: test[%d]: %w", i, err)
		}
		if labels := filepath.Join(d.Dir, "labelsTs", c.ID+d.FileEnding); isFile(labels) {
			c.Labels = labels
		}
		cases = append(cases, c)
	}
	return distinct(cases)
}

func (d *Dataset) listedCase(file any) (Case, error) {
	path, err := d.inside(file)
	if err != nil {
		return Case{}, err
	}
	id := strings.TrimSuffix(filepath.Base(path), d.FileEnding)
	if id == filepath.Base(path) || id == "" {
		return Case{}, fmt.Errorf("%s does not end in %s", path, d.FileEnding)
	}
	return Case{ID: id, Images: []string{path}}, checkID(id)
}

func distinct(cases []Case) ([]Case, error) {
	sort.SliceStable(cases, func(i, j int) bool { return cases[i].ID < cases[j].ID })
	for i := 1; i < len(cases); i++ {
		if cases[i].ID == cases[i-1].ID {
			return nil, fmt.Errorf("dataset.json lists case %q twice", cases[i].ID)
		}
	}
	return cases, nil
}

// checkID refuses names that could not be file names: results are called after their case.
func checkID(id string) error {
	if id == "" || id == "." || id == ".." || strings.ContainsAny(id, "/\\\x00") || len(id) > 200 {
		return fmt.Errorf("%.60q cannot be the name of a case, since files are named after it", id)
	}
	return nil
}

// inside turns a path of dataset.json into one that can be opened, and refuses paths that lead out of
// the dataset folder, also by way of symbolic links: a description from elsewhere must not pick files.
func (d *Dataset) inside(v any) (string, error) {
	file, ok := v.(string)
	if !ok || file == "" {
		return "", fmt.Errorf("a file is %s, want a path", describe(v))
	}
	if strings.Contains(file, "$") {
		return "", fmt.Errorf("path %q: environment variables are not expanded; write the path relative to the dataset folder", file)
	}
	root, err := filepath.Abs(d.Dir)
	if err != nil {
		return "", err
	}
	path := filepath.FromSlash(file)
	if !filepath.IsAbs(path) {
		path = filepath.Join(root, path)
	}
	relative, err := within(root, path)
	if err != nil {
		return "", fmt.Errorf("path %q leads out of the dataset folder; copy the file into it", file)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil { // a missing file is found by Check
		realRoot, err := filepath.EvalSymlinks(root)
		if err != nil {
			return "", err
		}
		if _, err := within(realRoot, real); err != nil {
			return "", fmt.Errorf("path %q leads out of the dataset folder by a symbolic link; copy the file into it", file)
		}
	}
	return filepath.Join(d.Dir, relative), nil
}

func within(root, path string) (string, error) {
	relative, err := filepath.Rel(root, path)
	if err != nil {
		return "", err
	}
	if slices.Contains(strings.Split(filepath.ToSlash(relative), "/"), "..") {
		return "", fmt.Errorf("%s is outside %s", path, root)
	}
	return relative, nil
}
