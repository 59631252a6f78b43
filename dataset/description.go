package dataset

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/jsonx"
)

// Layout says how a dataset folder is organised.
type Layout string

// The layouts that Open knows.
const (
	Raw       Layout = "nnunet"    // imagesTr/CASE_0000.ENDING, labelsTr/CASE.ENDING
	Table     Layout = "table"     // dataset.json lists every file under "dataset"
	Decathlon Layout = "decathlon" // dataset.json lists 4D images under "training" and "test"
	Plain     Layout = "plain"     // images/CASE.ENDING without channel numbers, no dataset.json
)

// Description is what dataset.json says.
type Description struct {
	// Channels holds the names of the channels in the order of the file. The name picks the
	// normalisation.
	Channels []string
	// Labelling is the meaning of the label values.
	Labelling Labelling
	// FileEnding is the ending of images and labels, for example .nii.gz.
	FileEnding string
	// Reader is nnU-Net's name of the image reader, from the file or by the ending.
	Reader string
	// NumTraining is the number of training cases the file claims.
	NumTraining int
	// Layout is how the folder is organised.
	Layout Layout
	// Warnings are oddities that do not stop anything.
	Warnings []string

	document *jsonx.Object // the file, with keys autoseg does not know
}

// ReadJSON reads a dataset.json of nnU-Net v2 or of the Medical Segmentation Decathlon.
func ReadJSON(path string) (*Description, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("read dataset description: %w", err))
	}
	d, err := ParseJSON(data)
	if err != nil {
		return nil, fault.Input(fmt.Errorf("%s: %w", path, err))
	}
	return d, nil
}

// WriteJSON writes d as an nnU-Net v2 dataset.json.
func WriteJSON(path string, d *Description) error {
	data, err := d.Marshal()
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, append(data, '\n'))
}

// ParseJSON reads the text of a dataset.json.
func ParseJSON(data []byte) (*Description, error) {
	o, err := jsonx.ParseObject(data)
	if err != nil {
		return nil, err
	}
	d := &Description{document: o, Layout: layoutOf(o)}
	if err := d.required(); err != nil {
		return nil, err
	}
	for _, read := range []func() error{d.readChannels, d.readLabels, d.readNumbers, d.readReader} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Marshal returns d as the text of an nnU-Net v2 dataset.json: keys in the order of the file it came
// from, a Decathlon description converted as nnUNetv2_convert_MSD_dataset does.
func (d *Description) Marshal() ([]byte, error) {
	o := &jsonx.Object{}
	if d.document != nil {
		o.Members = slices.Clone(d.document.Members)
	}
	channels := &jsonx.Object{}
	for i, name := range d.Channels {
		channels.Set(fmt.Sprint(i), name)
	}
	if _, ok := o.Get("modality"); ok {
		rename(o, "modality", "channel_names")
	}
	for _, key := range []string{"training", "test"} {
		o.Delete(key)
	}
	o.Set("channel_names", channels)
	o.Set("labels", d.Labelling.object())
	if d.Labelling.HasRegions() {
		o.Set("regions_class_order", d.Labelling.Order())
	}
	o.Set("numTraining", d.NumTraining)
	o.Set("file_ending", d.FileEnding)
	return jsonx.Marshal(o, jsonx.Layout{Indent: 4})
}

func rename(o *jsonx.Object, from, to string) {
	if _, there := o.Get(to); there {
		o.Delete(from)
		return
	}
	for i := range o.Members {
		if o.Members[i].Key == from {
			o.Members[i].Key = to
		}
	}
}

func (l Labelling) object() *jsonx.Object {
	o := &jsonx.Object{}
	for _, r := range l.entries {
		if r.List {
			o.Set(r.Name, r.Labels)
		} else {
			o.Set(r.Name, r.Labels[0])
		}
	}
	return o
}

func layoutOf(o *jsonx.Object) Layout {
	if v, ok := o.Get("dataset"); ok {
		if _, isTable := v.(*jsonx.Object); isTable {
			return Table
		}
	}
	if v, ok := o.Get("training"); ok {
		if _, isList := v.([]any); isList {
			return Decathlon
		}
	}
	return Raw
}

// required lists the missing keys, all at once.
func (d *Description) required() error {
	var missing []string
	has := func(key string) bool { _, ok := d.document.Get(key); return ok }
	if !has("channel_names") && !has("modality") {
		missing = append(missing, "channel_names")
	}
	for _, key := range []string{"labels", "numTraining", "file_ending"} {
		if key == "file_ending" && d.Layout == Decathlon { // always .nii.gz there
			continue
		}
		if !has(key) {
			missing = append(missing, key)
		}
	}
	if missing != nil {
		return fmt.Errorf("missing %s; the file has %s", strings.Join(missing, ", "), strings.Join(d.document.Keys(), ", "))
	}
	return nil
}
