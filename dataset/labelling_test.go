package dataset

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parse(t *testing.T, text string) *Description {
	t.Helper()
	d, err := ParseJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLabellingWithRegionsAndIgnore(t *testing.T) {
	d := parse(t, `{"channel_names": {"0": "T1", "1": "CT"}, "numTraining": 2, "file_ending": ".nii.gz",
		"labels": {"background": 0, "whole": [1, 2], "core": 2, "edge": [3], "ignore": 4}, "regions_class_order": [1, 2, 3]}`)
	l := d.Labelling
	if !l.HasRegions() || l.Entries() != 5 || l.Heads() != 3 {
		t.Errorf("regions %v, entries %d, heads %d; want true, 5, 3", l.HasRegions(), l.Entries(), l.Heads())
	}
	if v, ok := l.Ignore(); !ok || v != 4 {
		t.Errorf("ignore %d %v", v, ok)
	}
	if diff := cmp.Diff([]int{0, 1, 2, 3}, l.All()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{1, 2, 3}, l.Foreground()); diff != "" {
		t.Error(diff)
	}
	want := []Region{{"whole", []int{1, 2}, true}, {"core", []int{2}, false}, {"edge", []int{3}, true}}
	if diff := cmp.Diff(want, l.Regions()); diff != "" {
		t.Error(diff)
	}
	dst := make([]uint16, 3)
	tiny := float32(1e-8) // its sigmoid rounds to one half
	l.Decode(dst, [][]float32{{1, tiny, 1}, {-1, 2, 2}, {-1, -1, float32(math.NaN())}})
	if want := [3]uint16{1, 2, 2}; [3]uint16(dst) != want {
		t.Errorf("decoded %v, want %v", dst, want)
	}
	l.Decode(dst, [][]float32{{tiny, 1e-7, 2e-7}, {-1, -1, -1}, {-1, -1, -1}})
	if want := [3]uint16{0, 1, 1}; [3]uint16(dst) != want {
		t.Errorf("decoded %v, want %v", dst, want)
	}
}

func TestLabellingDecodesTiesToTheLowest(t *testing.T) {
	l, err := NewLabelling([]Region{{Name: "b", Labels: []int{2}}, {Name: "background", Labels: []int{0}}, {Name: "a", Labels: []int{1}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]uint16, 3)
	l.Decode(dst, [][]float32{{0, 1, 0}, {0, 1, 0}, {0, 0, 3}})
	if want := [3]uint16{0, 0, 2}; [3]uint16(dst) != want {
		t.Errorf("decoded %v, want %v", dst, want)
	}
	if l.Name(2) != "b" || l.Name(7) != "label 7" {
		t.Errorf("names %q, %q", l.Name(2), l.Name(7))
	}
}

func TestDescriptionRejects(t *testing.T) {
	base := func(labels, more string) string {
		return `{"channel_names": {"0": "CT"}, "numTraining": 2, "file_ending": ".nii.gz", "labels": ` + labels + more + `}`
	}
	for name, c := range map[string]struct{ in, want string }{
		"not json":            {`{"a"`, "line 1"},
		"a list":              {`[]`, "want an object"},
		"missing keys":        {`{"labels": {"background": 0}}`, "missing channel_names, numTraining, file_ending; the file has labels"},
		"no background":       {base(`{"organ": 1}`, ``), `"background" is missing`},
		"background not 0":    {base(`{"background": 1}`, ``), `"background" is [1]`},
		"background list":     {base(`{"background": [0]}`, ``), `want the single number 0`},
		"fraction":            {base(`{"background": 0, "a": 1.5}`, ``), `"a": 1.5 is not a whole number`},
		"negative":            {base(`{"background": 0, "a": -1}`, ``), `"a" has value -1`},
		"too large":           {base(`{"background": 0, "a": 70000}`, ``), `"a" has value 70000, want 0 to 32767`},
		"empty region":        {base(`{"background": 0, "a": []}`, ``), `"a" has no value`},
		"ignore not highest":  {base(`{"background": 0, "a": 1, "ignore": 3}`, ``), `want the single number 2`},
		"regions unordered":   {base(`{"background": 0, "a": [1, 2], "b": 2}`, ``), `regions_class_order has 0 values, want 2`},
		"label of wrong kind": {base(`{"background": 0, "a": true}`, ``), `"a" is true or false`},
		"channel names list":  {`{"channel_names": ["CT"], "numTraining": 1, "file_ending": ".nii", "labels": {}}`, "channel_names is a list"},
		"no channels":         {`{"channel_names": {}, "numTraining": 1, "file_ending": ".nii", "labels": {}}`, "channel_names is an object"},
		"ending without dot":  {strings.Replace(base(`{"background": 0}`, ``), ".nii.gz", "nii", 1), `file_ending is "nii"`},
		"count in words":      {strings.Replace(base(`{"background": 0}`, ``), `g": 2`, `g": "two"`, 1), "numTraining is a string"},
	} {
		if _, err := ParseJSON([]byte(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestDecathlonDescriptionIsConverted(t *testing.T) {
	d := parse(t, `{"name": "Leber", "modality": {"0": "CT"}, "labels": {"0": "background", "1": "liver"}, "numTraining": 1, "numTest": 0,
		"training": [{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}], "test": []}`)
	out, err := d.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	want := "{\n    \"name\": \"Leber\",\n    \"channel_names\": {\n        \"0\": \"CT\"\n    },\n    \"labels\": {\n        \"background\": 0,\n        \"liver\": 1\n    },\n    \"numTraining\": 1,\n    \"numTest\": 0,\n    \"file_ending\": \".nii.gz\"\n}"
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Error(diff)
	}
	if d.Layout != Decathlon || d.Reader != "SimpleITKIO" {
		t.Errorf("layout %s, reader %s", d.Layout, d.Reader)
	}
}

func TestReaderByEndingAndByName(t *testing.T) {
	for _, c := range []struct{ ending, override, want string }{
		{".nii.gz", "", "SimpleITKIO"}, {".nii", "", "NibabelIO"}, {".png", "", "NaturalImage2DIO"}, {".mha", "None", "SimpleITKIO"},
		{".nii.gz", "NibabelIO", "NibabelIO"}, {".nii.gz", "MyIO", "SimpleITKIO"},
	} {
		d := parse(t, `{"channel_names": {"0": "CT"}, "numTraining": 2, "file_ending": "`+c.ending+`", "labels": {"background": 0}, "overwrite_image_reader_writer": "`+c.override+`"}`)
		if c.override == "" {
			d.Reader = readerFor(c.ending)
		}
		if d.Reader != c.want {
			t.Errorf("%v: %s", c, d.Reader)
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`{"channel_names": {"0": "CT"}, "numTraining": 2, "file_ending": ".nii.gz", "labels": {"background": 0, "a": [1, 2], "b": 2, "ignore": 3}, "regions_class_order": [1, 2]}`))
	f.Add([]byte(`{"modality": {"0": "CT"}, "labels": {"0": "background", "1": "liver"}, "numTraining": 1, "training": []}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := ParseJSON(data)
		if err != nil {
			return
		}
		text, err := d.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseJSON(text)
		if err != nil {
			t.Fatalf("own output %s: %v", text, err)
		}
		if !cmp.Equal(again.Channels, d.Channels) || !cmp.Equal(again.Labelling.Declared(), d.Labelling.Declared()) {
			t.Fatalf("%s changed", text)
		}
	})
}
