package plans

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// notes holds the comments that people wrote into a plan.yaml, by the path of the field they belong
// to; "" is the file itself. Reasons, which are comments too, are kept apart by their first word.
type notes map[string]note

// note holds the comments around one field: before it, behind it on its line, and after it.
type note struct {
	head, line, foot string
	why              string // the reason that stood there
}

const (
	whyMark      = "# why: "
	continuation = "#      " // as wide as whyMark
	commentWidth = 100
)

// harvest collects all comments of a document.
func harvest(document *yaml.Node) notes {
	all := notes{}
	all.add("", document)
	if len(document.Content) == 1 {
		all.walk("", document.Content[0])
	}
	return all
}

func (all notes) walk(path string, n *yaml.Node) {
	all.add(path, n)
	if n.Kind == yaml.SequenceNode {
		for _, e := range n.Content {
			all.gather(path, e)
		}
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		at := join(path, n.Content[i].Value)
		all.add(at, n.Content[i])
		all.walk(at, n.Content[i+1])
	}
}

// gather moves comments inside a list in front of the field, since lists are written on one line.
func (all notes) gather(path string, n *yaml.Node) {
	moved := note{}
	for _, c := range []string{n.HeadComment, n.LineComment, n.FootComment} {
		moved.head = lines(moved.head, c)
	}
	all.merge(path, moved)
	for _, e := range n.Content {
		all.gather(path, e)
	}
}

// add takes the comments of one node.
func (all notes) add(path string, n *yaml.Node) {
	head, why := splitReason(n.HeadComment)
	all.merge(path, note{head: head, line: n.LineComment, foot: n.FootComment, why: why})
}

func (all notes) merge(path string, n note) {
	if n == (note{}) {
		return
	}
	old := all[path]
	all[path] = note{
		head: lines(old.head, n.head), line: lines(old.line, n.line), foot: lines(old.foot, n.foot),
		why: strings.TrimSpace(old.why + " " + n.why),
	}
}

// lines joins two comments, one below the other.
func lines(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}

// splitReason takes the reason out of a comment.
func splitReason(comment string) (rest, why string) {
	var kept, words []string
	inside := false
	for _, l := range strings.Split(comment, "\n") {
		switch {
		case strings.HasPrefix(l, whyMark):
			inside = true
			words = append(words, strings.Fields(l[len(whyMark):])...)
		case inside && strings.HasPrefix(l, continuation):
			words = append(words, strings.Fields(l[len(continuation):])...)
		default:
			inside = false
			kept = append(kept, l)
		}
	}
	return strings.Trim(strings.Join(kept, "\n"), "\n"), strings.Join(words, " ")
}

// reasonComment lays a reason out as comment lines of at most commentWidth characters.
func reasonComment(why string) string {
	text := wrap(why, commentWidth-len(whyMark))
	if len(text) == 0 {
		return ""
	}
	return whyMark + strings.Join(text, "\n"+continuation)
}

// reasons returns the reasons among the comments.
func (all notes) reasons() Reasons {
	r := Reasons{}
	for path, n := range all {
		if n.why != "" {
			r[path] = n.why
		}
	}
	return r
}

// annotate writes comments and reasons onto a freshly made document. Comments of fields that no longer
// exist move to what is left of their surroundings.
func annotate(document *yaml.Node, all notes, reasons Reasons) {
	places := map[string][2]*yaml.Node{"": {document, document}}
	locate(places, "", document.Content[0])
	paths := make([]string, 0, len(all))
	for path := range all {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	homeless := map[string]string{}
	for _, path := range paths {
		if place, ok := places[path]; ok {
			n := all[path]
			place[0].HeadComment, place[1].LineComment, place[0].FootComment = n.head, n.line, n.foot
			continue
		}
		home := path
		for _, ok := places[home]; !ok; _, ok = places[home] {
			home = parent(home)
		}
		n := all[path]
		homeless[home] = lines(homeless[home], lines(n.head, lines(n.line, n.foot)))
	}
	for path, place := range places {
		place[0].HeadComment = lines(lines(homeless[path], place[0].HeadComment), reasonComment(reasons[path]))
	}
}

// locate finds the node that carries the comments of every field: the key, and for a comment on the
// same line the value, unless the value begins on the next line.
func locate(places map[string][2]*yaml.Node, path string, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := join(path, key.Value)
		places[at] = [2]*yaml.Node{key, value}
		if value.Kind == yaml.MappingNode && value.Style&yaml.FlowStyle == 0 {
			places[at] = [2]*yaml.Node{key, key}
		}
		locate(places, at, value)
	}
}

// KeepComments takes over the comments that people wrote into an older plan; the reasons stay those of
// p. It is what planning anew does with the plan it replaces.
func (p *Plans) KeepComments(older *Plans) {
	p.notes = notes{}
	for path, n := range older.notes {
		n.why = ""
		p.notes[path] = n
	}
}

// header stands at the top of a new plan.yaml.
var header = strings.Join([]string{
	"# Everything that was decided for this dataset, and why. Values may be edited: the next run checks and",
	"# follows them. Comments of your own stay when the file is rewritten, except on lines of a \"why\".",
	"# Axes are slowest first and in the order of transpose_forward; spacings in mm, sizes in voxels.",
	fmt.Sprintf("# Names are nnU-Net's where it has one. Read it as text: autoseg plan explain %s", "plan.yaml"),
}, "\n")
