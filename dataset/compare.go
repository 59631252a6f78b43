package dataset

import (
	"fmt"
	"math"
	"path/filepath"
	"sort"
	"strings"

	"github.com/autoseg/autoseg/volume"
)

// compareCases finds what only the whole dataset shows.
func (d *Dataset) compareCases(seen []caseLook) []Finding {
	var all []Finding
	all = append(all, d.unusedLabels(seen)...)
	all = append(all, oddOnes(seen, "orientation", func(l caseLook) string { return orientation(l.geometry) },
		"reorient it if the difference is not intended; the network sees voxels, not the header")...)
	all = append(all, oddOnes(seen, "kind of image", func(l caseLook) string {
		if l.geometry.Shape[0] == 1 {
			return "a single slice"
		}
		return "a volume"
	}, "check the export; 2D and 3D images do not mix well")...)
	return append(all, d.duplicates(seen)...)
}

// unusedLabels reports declared labels that no training case has.
func (d *Dataset) unusedLabels(seen []caseLook) []Finding {
	total, readable := map[int]int{}, false
	for _, l := range seen {
		if l.training && l.counts != nil {
			readable = true
			for v, n := range l.counts {
				total[v] += n
			}
		}
	}
	var all []Finding
	for _, v := range d.Labelling.Foreground() {
		if readable && total[v] == 0 {
			all = append(all, Finding{Severity: Warning, File: "dataset.json", What: fmt.Sprintf("label %d (%s) has no voxel in any training case", v, d.Labelling.Name(v)),
				Repair: "remove the label or check the label files"})
		}
	}
	return all
}

// oddOnes reports the cases whose property differs from that of most cases.
func oddOnes(seen []caseLook, property string, of func(caseLook) string, repair string) []Finding {
	counts := map[string]int{}
	for _, l := range seen {
		if l.geometry.Shape != [3]int{} {
			counts[of(l)]++
		}
	}
	usual := ""
	for value, n := range counts {
		if n > counts[usual] || (n == counts[usual] && value < usual) {
			usual = value
		}
	}
	var all []Finding
	for _, l := range seen {
		if l.geometry.Shape == [3]int{} {
			continue
		}
		if value := of(l); value != usual {
			all = append(all, Finding{Case: l.ID, Severity: Warning, Repair: repair,
				What: fmt.Sprintf("%s is %s, but %s in %d of %d cases", property, value, usual, counts[usual], len(seen))})
		}
	}
	return all
}

// orientation names the world direction that each file axis (x, y, z) is nearest to: LPS for the
// identity.
func orientation(g volume.Geometry) string {
	names := [3][2]string{{"R", "L"}, {"A", "P"}, {"I", "S"}}
	code := ""
	for column := range 3 {
		best := 0
		for row := range 3 {
			if math.Abs(g.Direction[3*row+column]) > math.Abs(g.Direction[3*best+column]) {
				best = row
			}
		}
		sign := 0
		if g.Direction[3*best+column] > 0 {
			sign = 1
		}
		code += names[best][sign]
	}
	return code
}

// duplicates reports cases with the same voxels.
func (d *Dataset) duplicates(seen []caseLook) []Finding {
	groups := identical(seen)
	var all []Finding
	for _, group := range groups {
		original := seen[group[0]]
		for _, i := range group[1:] {
			l, what := seen[i], "has the same voxels as case "+original.ID
			severity, repair := Warning, "remove one of them"
			if original.training && !l.training {
				what += ", which is trained on: its result says nothing"
			}
			all = append(all, Finding{Case: l.ID, Severity: severity, File: d.relative(l.Images[0]), What: what, Repair: repair})
		}
	}
	return all
}

// identical groups cases with equal voxels, by position, groups of two and more.
func identical(seen []caseLook) [][]int {
	byHash := map[string][]int{}
	for i, l := range seen {
		if l.channels > 0 {
			key := fmt.Sprint(l.hash, l.geometry.Shape)
			byHash[key] = append(byHash[key], i)
		}
	}
	var groups [][]int
	for _, group := range byHash {
		if len(group) > 1 {
			groups = append(groups, group)
		}
	}
	sort.Slice(groups, func(i, j int) bool { return groups[i][0] < groups[j][0] })
	return groups
}

// verifyFolds checks the folds of the dataset, its own or those that will be made: no case may be
// trained on and validated on, neither under another name nor as another scan of the same patient.
func (d *Dataset) verifyFolds(seen []caseLook) []Finding {
	const file = "splits_final.json"
	folds, own := Folds(d.IDs()), false
	if path := filepath.Join(d.Dir, file); isFile(path) {
		read, err := ReadFolds(path)
		if err != nil {
			return []Finding{{Severity: Severe, File: file, What: withoutPath(err, path), Repair: "correct or remove the file"}}
		}
		folds, own = read, true
	}
	var all []Finding
	if own {
		all = d.foldMembers(folds, file)
	}
	if len(d.Cases) == 1 {
		return all
	}
	for _, group := range samePatient(seen) {
		for k, f := range folds {
			if split := straddles(f, group.ids); split != "" {
				all = append(all, Finding{Case: group.ids[0], Severity: Warning, File: map[bool]string{true: file}[own],
					What:   fmt.Sprintf("%s: %s in fold %d", group.why, split, k),
					Repair: "put all images of a patient into the same part of a splits_final.json"})
				break
			}
		}
	}
	return all
}

// foldMembers compares the cases of a splits file with those of the dataset.
func (d *Dataset) foldMembers(folds []Fold, file string) []Finding {
	known := map[string]bool{}
	for _, c := range d.Cases {
		known[c.ID] = true
	}
	var all []Finding
	add := func(c string, s Severity, format string, args ...any) {
		all = append(all, Finding{Case: c, Severity: s, File: file, What: fmt.Sprintf(format, args...), Repair: "correct the file"})
	}
	for k, f := range folds {
		trained := map[string]bool{}
		for _, c := range f.Train {
			trained[c] = true
			if !known[c] {
				add(c, Severe, "fold %d trains on a case that is not there", k)
			}
		}
		for _, c := range f.Validation {
			if !known[c] {
				add(c, Severe, "fold %d validates on a case that is not there", k)
			}
			if trained[c] {
				add(c, Severe, "fold %d trains and validates on the case", k)
			}
		}
	}
	return all
}

type patient struct {
	ids []string
	why string
}

// samePatient groups training cases that are one patient: equal voxels, or names that differ only
// after a number (patient003_frame01 and patient003_frame12), unless that is how all are named.
func samePatient(seen []caseLook) []patient {
	var groups []patient
	for _, group := range identical(seen) {
		p := patient{why: "images are equal"}
		for _, i := range group {
			if seen[i].training {
				p.ids = append(p.ids, seen[i].ID)
			}
		}
		groups = append(groups, p)
	}
	stems, cases := map[string][]string{}, 0
	for _, l := range seen {
		if l.training {
			cases++
			if i := strings.LastIndexAny(l.ID, "_-"); i > 0 && strings.ContainsAny(l.ID[:i], "0123456789") {
				stems[l.ID[:i]] = append(stems[l.ID[:i]], l.ID)
			}
		}
	}
	var names []string
	for stem, ids := range stems {
		if len(ids) > 1 && len(ids) <= max(2, cases/3) && len(ids) < cases {
			names = append(names, stem)
		}
	}
	sort.Strings(names)
	for _, stem := range names {
		groups = append(groups, patient{stems[stem], "names suggest the same patient " + stem})
	}
	return groups
}

// straddles says which cases of a group are trained on and which validated on, "" if not both.
func straddles(f Fold, ids []string) string {
	in := func(list []string) string {
		for _, c := range list {
			for _, id := range ids {
				if c == id {
					return id
				}
			}
		}
		return ""
	}
	if a, b := in(f.Train), in(f.Validation); a != "" && b != "" && a != b {
		return a + " is trained on and " + b + " validated on"
	}
	return ""
}
