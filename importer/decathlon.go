package importer

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/jsonx"
)

// maxDescription bounds the bytes of a dataset.json.
const maxDescription = 64 << 20

// findDecathlon reads the dataset.json of a task of the Medical Segmentation Decathlon: channels, labels and the
// files of every case.
func findDecathlon(s *Source, o Options) (*plan, error) {
	var found []string
	for _, name := range s.files {
		if path.Base(name) == "dataset.json" {
			found = append(found, name)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%d files dataset.json, want that of one task%s; name the folder of a task, such as Task04_Hippocampus", len(found), list(found))
	}
	data, err := s.ReadFile(found[0], maxDescription)
	if err != nil {
		return nil, err
	}
	d, err := dataset.ParseJSON(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", found[0], err)
	}
	if d.Layout != dataset.Decathlon {
		return nil, fmt.Errorf("%s does not list its cases under \"training\" as the Decathlon does", found[0])
	}
	document, err := jsonx.ParseObject(data)
	if err != nil {
		return nil, err
	}
	m := &decathlon{s: s, dir: path.Dir(found[0]), format: *o.Format}
	m.format.Channels = d.Channels
	for _, r := range d.Labelling.Declared() {
		m.format.Labels = append(m.format.Labels, Label{r.Name, r.Labels})
	}
	p := &plan{channels: d.Channels, labelling: d.Labelling}
	p.cases, err = m.cases(document)
	return p, err
}

func list(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names[:min(len(names), 5)], ", ") + ")"
}

type decathlon struct {
	s      *Source
	dir    string
	format Format
}

func (m *decathlon) cases(document *jsonx.Object) ([]job, error) {
	var jobs []job
	var problems []error
	for _, part := range []string{"training", "test"} {
		v, _ := document.Get(part)
		items, _ := v.([]any)
		for i, item := range items {
			j, err := m.job(item, part == "test")
			if err != nil {
				problems = append(problems, fmt.Errorf("dataset.json: %s[%d]: %w", part, i, err))
				continue
			}
			jobs = append(jobs, j)
		}
	}
	return jobs, errors.Join(problems...)
}

// job reads one item of a list: {"image": ..., "label": ...}, or, of the test cases, the image alone.
func (m *decathlon) job(item any, test bool) (job, error) {
	imageName, labelName := item, any(nil)
	if o, ok := item.(*jsonx.Object); ok {
		imageName, _ = o.Get("image")
		labelName, _ = o.Get("label")
	}
	image, err := m.file(imageName)
	if err != nil {
		return job{}, err
	}
	id, isVolume := strings.CutSuffix(path.Base(image), ".nii.gz")
	if !isVolume {
		if id, isVolume = strings.CutSuffix(path.Base(image), ".nii"); !isVolume {
			return job{}, fmt.Errorf("%s is no NIfTI file", image)
		}
	}
	g := &group{id: fileName(id), images: [][]string{{image}}, series: make([][]string, 1), labels: make([][]string, 1), stacks: make([]map[string][]string, 1)}
	if !test {
		label, err := m.file(labelName)
		if err != nil {
			return job{}, err
		}
		g.labels[0] = []string{label}
	}
	set := &Set{Images: make([]Patterns, 1), Labels: make([]Rule, 1)}
	return job{id: g.id, test: test, labelled: !test, load: func(ctx context.Context) (*loaded, error) {
		return m.s.load(ctx, &m.format, set, g, !test)
	}}, nil
}

// file returns the name of a listed file that is there.
func (m *decathlon) file(v any) (string, error) {
	listed, ok := v.(string)
	if !ok || listed == "" {
		return "", fmt.Errorf("a file is %s, want a path", jsonx.Kind(v))
	}
	name, err := m.s.Inside(m.dir, listed)
	if err != nil {
		return "", err
	}
	// The archives hold .nii.gz; some programs that unpack them unpack those, too.
	for _, candidate := range []string{name, strings.TrimSuffix(name, ".gz")} {
		if slices.Contains(m.s.files, candidate) {
			return candidate, nil
		}
	}
	return "", fmt.Errorf("%s is missing", name)
}
