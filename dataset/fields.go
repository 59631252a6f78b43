package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/internal/jsonx"
)

// readChannels reads channel_names, or modality, its name in older files.
func (d *Description) readChannels() error {
	key := "channel_names"
	v, ok := d.document.Get(key)
	if !ok {
		key = "modality"
		v, _ = d.document.Get(key)
	}
	o, ok := v.(*jsonx.Object)
	if !ok || len(o.Members) == 0 {
		return fmt.Errorf(`%s is %s, want an object such as {"0": "CT"}`, key, describe(v))
	}
	for i, m := range o.Members {
		name, ok := m.Value.(string)
		if !ok {
			return fmt.Errorf("%s: the name of channel %q is %s, want a string", key, m.Key, jsonx.Kind(m.Value))
		}
		if n, err := strconv.Atoi(m.Key); err != nil || n < 0 {
			return fmt.Errorf("%s: %q is no channel number", key, m.Key)
		} else if n != i {
			d.Warnings = append(d.Warnings, fmt.Sprintf("%s lists channel %q at place %d; the order of the file counts", key, m.Key, i))
		}
		d.Channels = append(d.Channels, name)
	}
	return nil
}

// readLabels reads labels, as name -> number or list, or as number -> name (Decathlon).
func (d *Description) readLabels() error {
	v, _ := d.document.Get("labels")
	o, ok := v.(*jsonx.Object)
	if !ok {
		return fmt.Errorf(`labels is %s, want an object such as {"background": 0, "organ": 1}`, jsonx.Kind(v))
	}
	var entries []Region
	for _, m := range o.Members {
		r, err := region(m)
		if err != nil {
			return err
		}
		entries = append(entries, r)
	}
	order, err := d.readOrder()
	if err != nil {
		return err
	}
	d.Labelling, err = NewLabelling(entries, order)
	return err
}

func region(m jsonx.Member) (Region, error) {
	switch v := m.Value.(type) {
	case string: // the Decathlon writes "1": "liver"
		n, err := strconv.Atoi(strings.TrimSpace(m.Key))
		if err != nil {
			return Region{}, fmt.Errorf("labels: %q: %q has no number, want name: number", m.Key, v)
		}
		return Region{Name: v, Labels: []int{n}}, nil
	case jsonx.Number:
		n, err := v.Int()
		if err != nil {
			return Region{}, fmt.Errorf("labels: %q: %w", m.Key, err)
		}
		return Region{Name: m.Key, Labels: []int{n}}, nil
	case []any:
		values, err := ints(v)
		if err != nil {
			return Region{}, fmt.Errorf("labels: %q: %w", m.Key, err)
		}
		return Region{Name: m.Key, Labels: values, List: true}, nil
	}
	return Region{}, fmt.Errorf("labels: %q is %s, want a whole number or a list of them", m.Key, jsonx.Kind(m.Value))
}

func (d *Description) readOrder() ([]int, error) {
	v, ok := d.document.Get("regions_class_order")
	if !ok || v == nil {
		return nil, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("regions_class_order is %s, want a list of label values", jsonx.Kind(v))
	}
	order, err := ints(list)
	if err != nil {
		return nil, fmt.Errorf("regions_class_order: %w", err)
	}
	return order, nil
}

func ints(list []any) ([]int, error) {
	values := make([]int, len(list))
	for i, v := range list {
		n, ok := v.(jsonx.Number)
		if !ok {
			return nil, fmt.Errorf("item %d is %s, want a whole number", i, jsonx.Kind(v))
		}
		var err error
		if values[i], err = n.Int(); err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
	}
	return values, nil
}

func (d *Description) readNumbers() error {
	v, _ := d.document.Get("numTraining")
	n, ok := v.(jsonx.Number)
	if !ok {
		return fmt.Errorf("numTraining is %s, want a whole number", jsonx.Kind(v))
	}
	var err error
	if d.NumTraining, err = n.Int(); err != nil || d.NumTraining < 0 {
		return fmt.Errorf("numTraining is %s, want a whole number of cases", n)
	}
	d.FileEnding = ".nii.gz"
	if v, ok := d.document.Get("file_ending"); ok {
		ending, ok := v.(string)
		if !ok || len(ending) < 2 || ending[0] != '.' || strings.ContainsAny(ending, `/\`) {
			return fmt.Errorf(`file_ending is %s, want an ending with its dot such as ".nii.gz"`, describe(v))
		}
		d.FileEnding = ending
	}
	return nil
}

// readers lists nnU-Net's image readers and their endings in the order it tries them
// (imageio/reader_writer_registry.py).
var readers = []struct {
	name    string
	endings []string
}{
	{"NaturalImage2DIO", []string{".png", ".bmp", ".tif"}},
	{"SimpleITKIO", []string{".nii.gz", ".nrrd", ".mha", ".gipl"}},
	{"Tiff3DIO", []string{".tif", ".tiff"}},
	{"NibabelIO", []string{".nii", ".nii.gz"}},
	{"NibabelIOWithReorient", []string{".nii", ".nii.gz"}},
	{"SimpleITKIOWithReorient", nil}, // by name only
}

// readReader chooses the reader: the one the file asks for, else the first for the ending. An
// unknown name is only a warning, as in nnU-Net.
func (d *Description) readReader() error {
	d.Reader = readerFor(d.FileEnding)
	v, ok := d.document.Get("overwrite_image_reader_writer")
	if !ok || v == nil || v == "None" {
		return nil
	}
	name, ok := v.(string)
	if !ok {
		return fmt.Errorf("overwrite_image_reader_writer is %s, want the name of a reader", jsonx.Kind(v))
	}
	for _, r := range readers {
		if r.name == name {
			d.Reader = name
			return nil
		}
	}
	d.Warnings = append(d.Warnings, fmt.Sprintf("overwrite_image_reader_writer: unknown reader %q, using %s", name, d.Reader))
	return nil
}

func readerFor(ending string) string {
	for _, r := range readers {
		if slices.Contains(r.endings, strings.ToLower(ending)) {
			return r.name
		}
	}
	return ""
}

func describe(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(s)
	}
	return jsonx.Kind(v)
}
