package postprocess

import (
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/volume"
)

// picture turns lines of digits into one slice.
func picture(lines ...string) *volume.Labels {
	l := volume.NewLabels(volume.NewGeometry([3]int{1, len(lines), len(lines[0])}, [3]float64{2, 1, 1}))
	for i, r := range strings.Join(lines, "") {
		l.Data[i] = uint16(r - '0')
	}
	return l
}

func TestRules(t *testing.T) {
	for name, test := range map[string]struct {
		rule    Rule
		in, out []string
	}{
		"largest of one label": {KeepLargest{[]int{1}}, []string{"11002", "00002", "10002"}, []string{"11002", "00002", "00002"}},
		"largest of a union":   {KeepLargest{[]int{1, 2}}, []string{"12001", "12000", "00002"}, []string{"12000", "12000", "00000"}},
		"ties all stay":        {KeepLargest{[]int{1}}, []string{"11011", "00000", "10000"}, []string{"11011", "00000", "00000"}},
		"corners join":         {KeepLargest{[]int{1}}, []string{"10000", "01000", "00011"}, []string{"10000", "01000", "00011"}},
		"nothing there":        {KeepLargest{[]int{3}}, []string{"11011"}, []string{"11011"}},
		// A voxel has 2 mm³.
		"small removed":           {RemoveSmall{[]int{1}, 4}, []string{"11010", "00000", "11100"}, []string{"11000", "00000", "11100"}},
		"small, of a label only":  {RemoveSmall{[]int{1}, 100}, []string{"11020"}, []string{"00020"}},
		"hole in a slice":         {FillHoles{[]int{1}, 1}, []string{"11100", "10100", "11100"}, []string{"11100", "11100", "11100"}},
		"hole open to the border": {FillHoles{[]int{1}, 1}, []string{"11100", "10100", "10100"}, []string{"11100", "10100", "10100"}},
		"hole keeps other labels": {FillHoles{[]int{1}, 1}, []string{"11110", "12010", "11110"}, []string{"11110", "12110", "11110"}},
		"hole of a union":         {FillHoles{[]int{1, 2}, 2}, []string{"11200", "10200", "11200"}, []string{"11200", "12200", "11200"}},
	} {
		t.Run(name, func(t *testing.T) {
			in, want := picture(test.in...), picture(test.out...)
			changes := 0
			for i := range in.Data {
				if in.Data[i] != want.Data[i] {
					changes++
				}
			}
			if got := test.rule.Apply(in); got != changes {
				t.Errorf("reports %d changes, want %d", got, changes)
			}
			if !slices.Equal(in.Data, want.Data) {
				t.Errorf("got %v, want %v", in.Data, want.Data)
			}
			if err := test.rule.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFillHolesInSpace(t *testing.T) {
	l := volume.NewLabels(volume.NewGeometry([3]int{3, 3, 3}, [3]float64{1, 1, 1}))
	for i := range l.Data {
		l.Data[i] = 4
	}
	l.Data[13] = 0
	if n := (FillHoles{[]int{4}, 4}).Apply(l); n != 1 || l.Data[13] != 4 {
		t.Errorf("changed %d voxels, the core is %d", n, l.Data[13])
	}
}

func TestRulesInFiles(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"all rules": {`
model: 3d_fullres
postprocessing:
  rules:
    - keep_largest: {labels: [1, 2]}
    - remove_small: {labels: [2], minimum_mm3: 12.5}
    - fill_holes: {labels: [1], value: 1}
`, "keep the largest component of labels 1 2 together; remove components below 12.5 mm³ of label 2; fill the holes of label 1 with 1"},
		"none":          {"postprocessing: {rules: []}", ""},
		"nnU-Net":       {`{"input_folder": {"mean": {"1": {"Dice": NaN}}}, "postprocessing_fns": ["remove_all_but_largest_component_from_segmentation", "remove_all_but_largest_component_from_segmentation"], "postprocessing_kwargs": [{"labels_or_regions": [1, 2]}, {"labels_or_regions": 1}]}`, "keep the largest component of labels 1 2 together; keep the largest component of label 1"},
		"nnU-Net, none": {`{"postprocessing_fns": [], "postprocessing_kwargs": []}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Parse([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			var words []string
			for _, rule := range r {
				words = append(words, rule.String())
			}
			if got := strings.Join(words, "; "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestBadRules(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"no section":       {"model: 2d", "no section postprocessing"},
		"unknown rule":     {"postprocessing: {rules: [{erode: {labels: [1]}}]}", "exactly one of"},
		"two in one":       {"postprocessing: {rules: [{keep_largest: {labels: [1]}, fill_holes: {labels: [1], value: 1}}]}", "exactly one of"},
		"no label":         {"postprocessing: {rules: [{keep_largest: {labels: []}}]}", "no labels"},
		"background":       {"postprocessing: {rules: [{keep_largest: {labels: [0]}}]}", "label 0"},
		"no size":          {"postprocessing: {rules: [{remove_small: {labels: [1]}}]}", "minimum_mm3 is 0"},
		"huge label":       {"postprocessing: {rules: [{fill_holes: {labels: [1], value: 70000}}]}", "label 70000"},
		"foreign function": {`{"postprocessing_fns": ["os.system"], "postprocessing_kwargs": [{"labels_or_regions": 1}]}`, "unknown post-processing"},
		"uneven":           {`{"postprocessing_fns": [], "postprocessing_kwargs": [{"labels_or_regions": 1}]}`, "0 postprocessing_fns with 1"},
		"no YAML":          {"\t", "yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("postprocessing: {rules: [{keep_largest: {labels: [1]}}, {fill_holes: {labels: [1], value: 1}}]}"))
	f.Add([]byte(`{"postprocessing_fns": ["x"], "postprocessing_kwargs": [{"labels_or_regions": 1}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		if err := r.Validate(); err != nil {
			t.Errorf("what was read is not valid: %v", err)
		}
		r.Apply(picture("110", "201"))
	})
}

func BenchmarkKeepLargest(b *testing.B) {
	l := volume.NewLabels(volume.NewGeometry([3]int{64, 128, 128}, [3]float64{1, 1, 1}))
	for i := range l.Data {
		if (i/7+i/900)%5 == 0 {
			l.Data[i] = 1
		}
	}
	b.SetBytes(int64(len(l.Data)))
	for b.Loop() {
		copied := &volume.Labels{Geometry: l.Geometry, Data: slices.Clone(l.Data)}
		KeepLargest{[]int{1}}.Apply(copied)
	}
}
