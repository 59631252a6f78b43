package importer

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/volume"
)

// plan is what an import will do: found before anything is read or written.
type plan struct {
	channels  []string
	labelling dataset.Labelling
	cases     []job
	notes     []Change
}

// job is one case of the dataset to come.
type job struct {
	id   string
	test bool
	// labelled says that load will return labels.
	labelled bool
	load     func(context.Context) (*loaded, error)
}

// loaded is a case in memory. Several channels may lie in one image.
type loaded struct {
	image    *volume.Image
	labels   *volume.Labels // nil where there are none
	changes  []Change
	countBad int // voxels that were no numbers
}

// note records what was done to a file of a case.
func (l *loaded) note(file, format string, args ...any) {
	l.changes = append(l.changes, Change{File: file, What: fmt.Sprintf(format, args...)})
}

// Change is one thing that differs between the published files and the dataset folder.
type Change struct {
	Case string `yaml:"case,omitempty" json:"case,omitempty"`
	File string `yaml:"file,omitempty" json:"file,omitempty"`
	What string `yaml:"what" json:"what"`
}

// finder finds the cases of a source.
type finder func(s *Source, o Options) (*plan, error)

// finders returns the code of formats that patterns do not describe, by name.
func finders() map[string]finder {
	return map[string]finder{"msd": findDecathlon, "rvsc": findRVSC, "lidc": findLIDC}
}

// find finds the cases of a source with the code of the format or with its patterns.
func find(s *Source, o Options) (*plan, error) {
	locate := findByPattern
	if o.Format.Code != "" {
		locate = finders()[o.Format.Code]
	}
	p, err := locate(s, o)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("import %s from %s: %w", o.Format.Name, o.Source, err))
	}
	if len(p.cases) == 0 {
		return nil, fault.Input(fmt.Errorf("import %s from %s: no case was found%s; the published layout is in docs/datasets/%s.md",
			o.Format.Name, o.Source, s.refusals(), o.Format.Page))
	}
	sort.SliceStable(p.cases, func(i, j int) bool { return p.cases[i].id < p.cases[j].id })
	return p, p.distinct(o)
}

// refusals names the links that lead out of the folder, since they may be why nothing was found.
func (s *Source) refusals() string {
	var lines []string
	for _, name := range s.files {
		if err := s.entries[name].outside; err != nil {
			lines = append(lines, err.Error())
		}
	}
	if lines == nil {
		return ""
	}
	return " (" + strings.Join(lines[:min(len(lines), 5)], "; ") + ")"
}

func (p *plan) distinct(o Options) error {
	for i := 1; i < len(p.cases); i++ {
		if p.cases[i].id == p.cases[i-1].id {
			return fault.Input(fmt.Errorf("import %s from %s: two cases are called %s; import the copies into datasets of their own",
				o.Format.Name, o.Source, p.cases[i].id))
		}
	}
	return nil
}

// group is what the patterns of a set found for one case: the files of every channel and rule.
type group struct {
	id     string
	values values
	images [][]string
	labels [][]string
	series [][]string // the files of image folders, per channel
	stacks []map[string][]string
}

// findByPattern finds the cases that the sets of a format describe.
func findByPattern(s *Source, o Options) (*plan, error) {
	f := o.Format
	labelling, err := f.labelling()
	if err != nil {
		return nil, err
	}
	p := &plan{channels: f.Channels, labelling: labelling}
	taken := map[string]string{} // which pattern took a file
	var problems []error
	for i := range f.Sets {
		set := &f.Sets[i]
		groups, err := s.groups(set, taken)
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			j, err := s.job(f, set, g)
			if err != nil {
				problems = append(problems, err)
			} else if j != nil {
				p.cases = append(p.cases, *j)
			}
		}
	}
	return p, errors.Join(problems...)
}

// groups matches every file that is not taken with the patterns of a set, and takes it.
func (s *Source) groups(set *Set, taken map[string]string) ([]*group, error) {
	byID := map[string]*group{}
	var problems []error
	for _, name := range s.files {
		if at, ok := set.place(name); ok {
			if by, is := taken[name]; is && !(at.label && by == at.pattern) { // two sequences may share the labels
				continue
			}
			taken[name] = at.pattern
			if err := s.entries[name].outside; err != nil {
				problems = append(problems, err)
				continue
			}
			id := fileName(at.values.fill(set.Case))
			g := byID[id]
			if g == nil {
				g = &group{id: id, values: at.values, images: make([][]string, len(set.Images)), labels: make([][]string, len(set.Labels)),
					series: make([][]string, len(set.Images)), stacks: make([]map[string][]string, len(set.Labels))}
				byID[id] = g
			}
			g.put(set, at, name)
		}
	}
	if problems != nil {
		return nil, errors.Join(problems...)
	}
	var groups []*group
	for _, g := range byID {
		if set.Name != "" {
			g.id = fileName(g.values.fill(set.Name))
		}
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *group) int { return strings.Compare(a.id, b.id) })
	return groups, nil
}

// placement is what a file is for.
type placement struct {
	values values
	label  bool
	index  int    // of the channel or rule
	folder string // that matched, or ""
	// pattern is the first one of the channel or rule.
	pattern string
}

// place finds what a file is for. Labels come first, since their patterns are the narrower ones.
func (set *Set) place(name string) (placement, bool) {
	for i, r := range set.Labels {
		if v, folder, ok := r.Files.match(name); ok {
			return placement{v, true, i, folder, r.Files[0].text}, true
		}
	}
	for i, patterns := range set.Images {
		if v, folder, ok := patterns.match(name); ok {
			return placement{v, false, i, folder, patterns[0].text}, true
		}
	}
	return placement{}, false
}

// match compares a file with file patterns, and its folders, outermost first, with folder patterns.
func (p Patterns) match(name string) (v values, folder string, ok bool) {
	for _, pattern := range p {
		if !pattern.folder() {
			if v, ok := pattern.match(name); ok {
				return v, "", true
			}
			continue
		}
		for i, r := range name {
			if r != '/' {
				continue
			}
			if v, ok := pattern.match(name[:i+1]); ok {
				return v, name[:i+1], true
			}
		}
	}
	return nil, "", false
}

func (g *group) put(set *Set, at placement, name string) {
	for k, v := range at.values {
		if _, there := g.values[k]; !there {
			g.values[k] = v
		}
	}
	switch {
	case at.folder != "" && at.label:
		if g.stacks[at.index] == nil {
			g.stacks[at.index] = map[string][]string{}
		}
		g.stacks[at.index][at.folder] = append(g.stacks[at.index][at.folder], name)
	case at.folder != "", set.Series && !at.label:
		g.series[at.index] = append(g.series[at.index], name)
	case at.label:
		g.labels[at.index] = append(g.labels[at.index], name)
	default:
		g.images[at.index] = append(g.images[at.index], name)
	}
}

// missing lists what a case lacks. Labels are lacking if no rule that must match did.
func (g *group) missing(f *Format, set *Set) (images, labels []string) {
	for i := range set.Images {
		if len(g.images[i]) == 0 && len(g.series[i]) == 0 {
			channel := ""
			if len(set.Images) > 1 || len(f.Channels) == 1 {
				channel = fmt.Sprintf(" of channel %d (%s)", i, f.Channels[i])
			}
			images = append(images, fmt.Sprintf("image%s is missing: want %s", channel, g.expected(set.Images[i][0])))
		}
	}
	found := false
	for i, r := range set.Labels {
		there := len(g.labels[i]) > 0 || len(g.stacks[i]) > 0
		found = found || there
		if !there && !r.Optional {
			labels = append(labels, fmt.Sprintf("label file is missing: want %s", g.expected(r.Files[0])))
		}
	}
	if !found && labels == nil && len(set.Labels) > 0 {
		labels = append(labels, fmt.Sprintf("label file is missing: want %s", g.expected(set.Labels[0].Files[0])))
	}
	if found && set.alternatives() {
		labels = nil
	}
	return images, labels
}

// expected is the path that a user should add: the pattern's, in the folder that holds other files of the case.
func (g *group) expected(p *Pattern) string {
	want := g.values.wanted(p)
	folder := path.Dir(strings.TrimSuffix(want, "/"))
	for _, lists := range [][][]string{g.images, g.labels, g.series} {
		for _, files := range lists {
			if len(files) == 0 {
				continue
			}
			if there := path.Dir(files[0]); folder == "." || strings.HasSuffix("/"+there, "/"+folder) {
				if folder == "." {
					return path.Join(there, want)
				}
				return strings.TrimSuffix(there, folder) + want
			}
		}
	}
	return want
}

// alternatives reports whether every rule translates a whole label map, so that one of them suffices.
func (set *Set) alternatives() bool {
	return !slices.ContainsFunc(set.Labels, func(r Rule) bool { return r.Value != 0 })
}

// job turns the files of a case into work, or reports what it lacks. It returns nil for a case to skip.
func (s *Source) job(f *Format, set *Set, g *group) (*job, error) {
	images, labels := g.missing(f, set)
	test := set.Part == "test"
	labelled := len(set.Labels) > 0 && labels == nil
	if !labelled && !test && images == nil {
		switch set.Unlabelled {
		case "skip":
			return nil, nil
		case "test":
			test, labels = true, nil
		}
	}
	if test {
		labels = nil
	}
	var problems []error
	for _, m := range slices.Concat(images, labels) {
		problems = append(problems, fmt.Errorf("case %s: %s", g.id, m))
	}
	for i, files := range g.images {
		if len(files) > 1 {
			problems = append(problems, fmt.Errorf("case %s: %d files are the image of channel %d, want one: %s", g.id, len(files), i, strings.Join(files, ", ")))
		}
	}
	if problems != nil {
		return nil, errors.Join(problems...)
	}
	return &job{id: g.id, test: test, labelled: labelled, load: func(ctx context.Context) (*loaded, error) {
		return s.load(ctx, f, set, g, labelled)
	}}, nil
}
