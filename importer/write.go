package importer

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/jsonx"
	"github.com/autoseg/autoseg/volume"
)

// writer writes cases into a dataset folder in nnU-Net's raw layout.
type writer struct {
	dir, ending string
	formats     volume.Formats
}

func newWriter(dir, ending string) (*writer, error) {
	w := &writer{dir: dir, ending: ending, formats: dataset.Formats()}
	for _, folder := range []string{"imagesTr", "labelsTr"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o777); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// put writes a case. A picture keeps its colours in one file; the channels of a volume become files of their own.
func (w *writer) put(id string, test bool, l *loaded) error {
	part := "Tr"
	if test {
		part = "Ts"
	}
	l.image.Geometry = w.plain(l.image.Geometry)
	n := l.image.Voxels()
	files := l.image.Channels
	if w.ending == ".png" && files == 3 {
		files = 1
	}
	per := l.image.Channels / files
	for c := range files {
		im := &volume.Image{Geometry: l.image.Geometry, Channels: per, Data: l.image.Data[c*per*n : (c+1)*per*n]}
		if err := w.file("images"+part, fmt.Sprintf("%s_%04d", id, c), func(path string) error { return w.formats.Write(path, im) }); err != nil {
			return err
		}
	}
	if l.labels == nil {
		return nil
	}
	l.labels.Geometry = l.image.Geometry
	return w.file("labels"+part, id, func(path string) error { return w.formats.WriteLabels(path, l.labels) })
}

func (w *writer) file(folder, name string, write func(path string) error) error {
	if err := os.MkdirAll(filepath.Join(w.dir, folder), 0o777); err != nil {
		return err
	}
	return write(filepath.Join(w.dir, folder, name+w.ending))
}

// plain returns a geometry without the header that it came from: free text, which may name a patient, must not
// be copied. Pictures know no millimetres.
func (w *writer) plain(g volume.Geometry) volume.Geometry {
	g.Native = nil
	if w.ending == ".png" && g.Shape[0] == 1 {
		return volume.NewFlatGeometry(g.Shape[1], g.Shape[2])
	}
	return g
}

// describe writes dataset.json, last of all, so that a folder with a dataset.json is complete.
func (w *writer) describe(f *Format, p *plan, training int) error {
	o := &jsonx.Object{}
	channels := &jsonx.Object{}
	for i, name := range p.channels {
		channels.Set(fmt.Sprint(i), name)
	}
	labels := &jsonx.Object{}
	for _, r := range p.labelling.Declared() {
		if r.List {
			labels.Set(r.Name, r.Labels)
		} else {
			labels.Set(r.Name, r.Labels[0])
		}
	}
	o.Set("channel_names", channels)
	o.Set("labels", labels)
	if p.labelling.HasRegions() {
		o.Set("regions_class_order", p.labelling.Order())
	}
	o.Set("numTraining", training)
	o.Set("file_ending", w.ending)
	for _, m := range []jsonx.Member{{Key: "name", Value: f.Name}, {Key: "description", Value: f.Title}, {Key: "reference", Value: f.Link}, {Key: "licence", Value: f.Licence}} {
		o.Set(m.Key, m.Value)
	}
	data, err := jsonx.Marshal(o, jsonx.Layout{Indent: 4})
	if err != nil {
		return err
	}
	if _, err := dataset.ParseJSON(data); err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(w.dir, "dataset.json"), append(data, '\n'))
}

// record writes import.yaml: what the dataset is, where it comes from and what was changed.
func (w *writer) record(r *Report) error {
	var b bytes.Buffer
	b.WriteString("# Written by autoseg import: where this dataset comes from, and what differs from the published files.\n")
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(r); err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(w.dir, "import.yaml"), b.Bytes())
}
