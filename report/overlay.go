package report

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

// pictured is how many of the worst cases are drawn.
const pictured = 4

// pictures draws the worst cases and, if there are others, the best one, of those that have a prediction
// and whose image is at hand.
func pictures(s Source, r *results, predictions string) ([]picture, error) {
	if s.Dataset == nil {
		return nil, nil
	}
	var list []picture
	for i, line := range r.lines {
		best := i == len(r.lines)-1
		if len(list) >= pictured && !best {
			continue
		}
		c, err := findCase(s.Dataset, line.ID)
		if err != nil {
			continue // a case of another dataset folder: a table without its picture is still right
		}
		p, err := drawCase(s.Dataset, c, filepath.Join(predictions, line.ID+s.Dataset.FileEnding))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		p.Caption = fmt.Sprintf("%s, mean Dice %s", line.ID, number(line.Mean))
		p.View = viewLine(s, c, predictions)
		if best && len(list) >= pictured {
			p.Caption = "the best: " + p.Caption
		}
		list = append(list, p)
	}
	return list, nil
}

// viewLine is the command line that opens a case in the viewer, from the folder that holds dataset and run:
// no path of the machine is written.
func viewLine(s Source, c dataset.Case, predictions string) string {
	words := []string{"autoseg view"}
	for _, file := range []struct{ base, path string }{
		{s.Dataset.Dir, c.Images[0]}, {s.Dataset.Dir, c.Labels}, {s.Run, filepath.Join(predictions, c.ID+s.Dataset.FileEnding)},
	} {
		name, err := filepath.Rel(file.base, file.path)
		if file.path == "" || err != nil || strings.HasPrefix(name, "..") {
			continue
		}
		words = append(words, quoted(filepath.ToSlash(filepath.Join(nameOf(file.base), name))))
	}
	return strings.Join(words, " ")
}

// quoted protects a word with spaces from a shell.
func quoted(word string) string {
	if strings.ContainsAny(word, " '\"&()<>;*?$`\\") {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}

// nameOf is the last element of a folder's path, whatever the path is relative to.
func nameOf(dir string) string {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	return filepath.Base(dir)
}

// findCase returns a training or test case.
func findCase(d *dataset.Dataset, id string) (dataset.Case, error) {
	if i := slices.IndexFunc(d.Test, func(c dataset.Case) bool { return c.ID == id }); i >= 0 {
		return d.Test[i], nil
	}
	return d.Case(id)
}

// axes are the planes of a case: their names, and the order of the axes with the plane's normal first.
// Without a direction that says otherwise, the slowest axis is the patient's long one.
var axes = []struct {
	name  string
	order [3]int
}{{"slice", [3]int{0, 1, 2}}, {"front", [3]int{1, 0, 2}}, {"side", [3]int{2, 0, 1}}}

func drawCase(d *dataset.Dataset, c dataset.Case, prediction string) (picture, error) {
	p := picture{ID: c.ID}
	predicted, err := dataset.Formats().ReadLabels(prediction)
	if err != nil {
		return p, err
	}
	im, err := d.Image(c)
	if err != nil {
		return p, err
	}
	reference := volume.NewLabels(im.Geometry)
	if c.Labels != "" {
		if reference, err = d.Labels(c); err != nil {
			return p, err
		}
	}
	if predicted.Shape != im.Shape || reference.Shape != im.Shape {
		return p, fmt.Errorf("case %s: image, reference and prediction have shapes %v, %v and %v", c.ID, im.Shape, reference.Shape, predicted.Shape)
	}
	low, high := window(im.Channel(0))
	at := fullest(reference, predicted)
	box := surroundings(reference, predicted)
	for axis, a := range axes {
		sl := slice{
			gray: im.Channel(0).Permute(a.order), reference: reference.Grid().Permute(a.order), predicted: predicted.Grid().Permute(a.order),
			at: at[axis], low: low, high: high,
			from: [2]int{box[0][a.order[1]], box[0][a.order[2]]}, to: [2]int{box[1][a.order[1]], box[1][a.order[2]]},
			spacing: [2]float64{im.Spacing[a.order[1]], im.Spacing[a.order[2]]},
			upwards: axis != 0,
		}
		if im.Shape[a.order[1]] < 2 {
			continue // a 2D image has one plane
		}
		drawn, err := sl.draw()
		if err != nil {
			return p, err
		}
		drawn.Name = fmt.Sprintf("%s %d of %d", a.name, at[axis]+1, im.Shape[axis])
		p.Planes = append(p.Planes, drawn)
	}
	return p, nil
}

// window returns the gray values that become black and white: the 0.5 and 99.5 percentiles.
func window(g volume.Grid[float32]) (low, high float32) {
	values := slices.Clone(g.Data)
	slices.Sort(values)
	low, high = values[len(values)/200], values[len(values)-1-len(values)/200]
	if high <= low {
		high = low + 1
	}
	return low, high
}

// fullest returns, per axis, the slice with most wrong voxels, or, where nothing is wrong or there is no
// reference, with most labelled ones, or the middle.
func fullest(reference, predicted *volume.Labels) [3]int {
	labelled := func(l *volume.Labels) func(i int) bool { return func(i int) bool { return l.Data[i] != 0 } }
	wrong := func(i int) bool { return reference.Data[i] != predicted.Data[i] }
	for _, counts := range []func(i int) bool{wrong, labelled(reference), labelled(predicted)} {
		if at, found := most(reference.Shape, counts); found {
			return at
		}
	}
	s := reference.Shape
	return [3]int{s[0] / 2, s[1] / 2, s[2] / 2}
}

// most returns, per axis, the slice with most voxels that count.
func most(shape [3]int, counted func(i int) bool) (at [3]int, found bool) {
	var counts [3][]int
	for axis, n := range shape {
		counts[axis] = make([]int, n)
	}
	for i := range shape[0] * shape[1] * shape[2] {
		if counted(i) {
			found = true
			counts[0][i/shape[2]/shape[1]]++
			counts[1][i/shape[2]%shape[1]]++
			counts[2][i%shape[2]]++
		}
	}
	for axis := range at {
		for i, n := range counts[axis] {
			if n > counts[axis][at[axis]] {
				at[axis] = i
			}
		}
	}
	return at, found
}

// margin is the share of the labelled box that is shown around it, and leastMM the smallest shown extent
// in mm: enough to recognise the place.
const (
	margin  = 0.6
	leastMM = 60
)

// surroundings returns the corners of what is shown: the box of all labels and some place around it, or
// all of the image where nothing is labelled.
func surroundings(reference, predicted *volume.Labels) [2][3]int {
	s := reference.Shape
	low, high := s, [3]int{}
	for i := range reference.Data {
		if reference.Data[i] == 0 && predicted.Data[i] == 0 {
			continue
		}
		for axis, v := range [3]int{i / s[2] / s[1], i / s[2] % s[1], i % s[2]} {
			low[axis], high[axis] = min(low[axis], v), max(high[axis], v+1)
		}
	}
	if high == [3]int{} {
		return [2][3]int{{}, s}
	}
	for axis := range s {
		extent := high[axis] - low[axis]
		grow := int(margin / 2 * float64(extent))
		if mm := leastMM / reference.Spacing[axis]; float64(extent+2*grow) < mm {
			grow = int(mm-float64(extent))/2 + 1
		}
		low[axis], high[axis] = max(0, low[axis]-grow), min(s[axis], high[axis]+grow)
	}
	return [2][3]int{low, high}
}
