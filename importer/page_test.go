package importer

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// page is the machine-readable part of a page in docs/datasets: for each format the published files, files with
// literal content, and the cases that come out. See docs/datasets/README.md.
type page struct {
	tree    map[string][]published
	literal map[string]map[string]string // format, path, content
	cases   map[string][]wanted
	text    string
}

// published is a line of a tree: a path, perhaps with a range of numbers, and what the file holds.
type published struct {
	path string // as written, inside an archive after "!"
	kind string
	args []string
}

// wanted is a line of a dataset block.
type wanted struct {
	id             string
	test           bool
	images, labels []string // paths as written in the tree
}

func readPage(t *testing.T, name string) *page {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "docs", "datasets", name+".md"))
	if err != nil {
		t.Fatal(err)
	}
	p := &page{tree: map[string][]published{}, literal: map[string]map[string]string{}, cases: map[string][]wanted{}, text: string(data)}
	var block []string
	var head []string
	for _, line := range strings.Split(string(data), "\n") {
		switch {
		case strings.HasPrefix(line, "```") && head == nil:
			head, block = strings.Fields(line[3:]+" -"), nil
		case strings.HasPrefix(line, "```"):
			p.add(t, head, block)
			head = nil
		default:
			block = append(block, line)
		}
	}
	return p
}

func (p *page) add(t *testing.T, head, lines []string) {
	t.Helper()
	if len(head) < 2 {
		return
	}
	format := head[1]
	switch head[0] {
	case "tree":
		for _, line := range lines {
			path, about, found := strings.Cut(line, "|")
			if fields := strings.Fields(about); found && len(fields) > 0 {
				p.tree[format] = append(p.tree[format], published{strings.TrimSpace(path), fields[0], fields[1:]})
			}
		}
	case "file":
		if p.literal[format] == nil {
			p.literal[format] = map[string]string{}
		}
		p.literal[format][strings.Join(head[2:len(head)-1], " ")] = strings.Join(lines, "\n") + "\n"
	case "dataset":
		for _, line := range lines {
			part, rest, _ := strings.Cut(line, " ")
			id, files, found := strings.Cut(rest, " = ")
			if !found || part != "training" && part != "test" {
				t.Fatalf("dataset line %q, want \"training ID = IMAGE + IMAGE -> LABELS + LABELS\"", line)
			}
			images, labels, labelled := strings.Cut(files, " -> ")
			w := wanted{id: strings.TrimSpace(id), test: part == "test", images: strings.Split(images, " + ")}
			if labelled {
				w.labels = strings.Split(labels, " + ")
			}
			p.cases[format] = append(p.cases[format], w)
		}
	}
}

// line returns the line of a tree that a dataset line names.
func (p *page) line(t *testing.T, format, path string) published {
	t.Helper()
	for _, l := range p.tree[format] {
		if l.path == strings.TrimSpace(path) {
			return l
		}
	}
	t.Fatalf("%s: the dataset block names %q, which the tree does not have", format, path)
	return published{}
}

var numbers = regexp.MustCompile(`\{([0-9]+)\.\.([0-9]+)\}`)

// expand returns the paths of a line: one per number of its range.
func (l published) expand() []string {
	m := numbers.FindStringSubmatchIndex(l.path)
	if m == nil {
		return []string{l.path}
	}
	low, high := l.path[m[2]:m[3]], l.path[m[4]:m[5]]
	a, _ := strconv.Atoi(low)
	b, _ := strconv.Atoi(high)
	width := 0
	if strings.HasPrefix(low, "0") && len(low) > 1 {
		width = len(low)
	}
	var paths []string
	for i := a; i <= b; i++ {
		paths = append(paths, l.path[:m[0]]+fmt.Sprintf("%0*d", width, i)+l.path[m[1]:])
	}
	return paths
}

// option returns the value of "name=value" among the words of a line.
func (l published) option(name string) (string, bool) {
	for _, a := range l.args {
		if value, found := strings.CutPrefix(a, name+"="); found {
			return value, true
		}
		if a == name {
			return "", true
		}
	}
	return "", false
}
