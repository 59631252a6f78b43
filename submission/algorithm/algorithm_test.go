package algorithm

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/predict"
	"github.com/autoseg/autoseg/submission/internal/randomrun"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/mha"
)

func executor(t *testing.T) engine.Executor {
	t.Helper()
	e, err := cpu.New(cpu.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func TestInterface(t *testing.T) {
	for name, test := range map[string]struct {
		i        Interface
		channels int
		want     string // part of the error, "" for none
	}{
		"one channel":       {DefaultInterface([]string{"CT"}), 1, ""},
		"several channels":  {DefaultInterface([]string{"T1", "T2 FLAIR", "T2_FLAIR"}), 3, ""},
		"names of nothing":  {DefaultInterface([]string{"", "µ"}), 2, ""},
		"one too few":       {Interface{[]string{"ct"}, "out"}, 2, "1 input slugs [ct] for the 2 channels"},
		"a path":            {Interface{[]string{"../ct"}, "out"}, 1, `slug "../ct"`},
		"a path outwards":   {Interface{[]string{"ct"}, "/etc"}, 1, `slug "/etc"`},
		"twice the same":    {Interface{[]string{"ct", "ct"}, "out"}, 2, "names two channels"},
		"the input is back": {Interface{[]string{"ct"}, "ct"}, 1, ""},
	} {
		err := test.i.Validate(test.channels)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %+v: error %v, want %q", name, test.i, err, test.want)
		}
	}
	if got := DefaultInterface([]string{"T1", "T2 FLAIR", "T2_FLAIR"}).Inputs; !slices.Equal(got, []string{"t1", "t2-flair", "channel-2"}) {
		t.Errorf("slugs %v", got)
	}
}

func TestCases(t *testing.T) {
	one, two := Interface{[]string{"ct"}, "out"}, Interface{[]string{"t1", "t2"}, "out"}
	for name, test := range map[string]struct {
		i     Interface
		files map[string]string
		want  []dataset.Case
		err   string
	}{
		"by the slug":                  {one, map[string]string{"images/ct/a.mha": "", "images/other/b.mha": ""}, []dataset.Case{{ID: "a", Images: []string{"images/ct/a.mha"}}}, ""},
		"several files":                {one, map[string]string{"images/ct/b.nii.gz": "", "images/ct/a.mha": "", "images/ct/.x.mha": "", "images/ct/c.txt": ""}, []dataset.Case{{ID: "a", Images: []string{"images/ct/a.mha"}}, {ID: "b", Images: []string{"images/ct/b.nii.gz"}}}, ""},
		"another slug, the only one":   {one, map[string]string{"images/other/b.mha": ""}, []dataset.Case{{ID: "b", Images: []string{"images/other/b.mha"}}}, ""},
		"in the input itself":          {one, map[string]string{"b.mha": ""}, []dataset.Case{{ID: "b", Images: []string{"b.mha"}}}, ""},
		"two other slugs":              {one, map[string]string{"images/x/b.mha": "", "images/y/b.mha": ""}, nil, "no folder"},
		"two channels":                 {two, map[string]string{"images/t1/1.mha": "", "images/t2/2.mha": ""}, []dataset.Case{{ID: "1", Images: []string{"images/t1/1.mha", "images/t2/2.mha"}}}, ""},
		"a channel short of a case":    {two, map[string]string{"images/t1/1.mha": "", "images/t1/2.mha": "", "images/t2/2.mha": ""}, nil, "every channel needs one"},
		"a channel missing":            {two, map[string]string{"images/t1/1.mha": ""}, nil, "input t2"},
		"an empty folder":              {one, map[string]string{"images/ct/readme.txt": ""}, nil, "holds no image"},
		"a place in inputs.json":       {one, map[string]string{"inputs.json": `[{"socket": {"slug": "ct", "relative_path": "images/thorax-ct"}}]`, "images/thorax-ct/a.mha": "", "images/x/b.mha": ""}, []dataset.Case{{ID: "a", Images: []string{"images/thorax-ct/a.mha"}}}, ""},
		"the old words of inputs.json": {one, map[string]string{"inputs.json": `[{"interface": {"slug": "ct", "relative_path": "images/thorax-ct"}}]`, "images/thorax-ct/a.mha": ""}, []dataset.Case{{ID: "a", Images: []string{"images/thorax-ct/a.mha"}}}, ""},
		"a place outside":              {one, map[string]string{"inputs.json": `[{"socket": {"slug": "ct", "relative_path": "../../etc"}}]`}, nil, "outside of the input"},
		"a broken inputs.json":         {one, map[string]string{"inputs.json": `{`}, nil, "inputs.json"},
	} {
		t.Run(name, func(t *testing.T) {
			input := t.TempDir()
			for file, content := range test.files {
				path := filepath.Join(input, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := test.i.cases(input, dataset.Formats())
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Fatalf("error %v, want %q", err, test.err)
			}
			for i := range got {
				for k := range got[i].Images {
					got[i].Images[k], _ = filepath.Rel(input, got[i].Images[k])
				}
			}
			if diff := cmp.Diff(test.want, got); err == nil && diff != "" {
				t.Errorf("cases (-want +got):\n%s", diff)
			}
		})
	}
}

// writeInput writes the images of a case.
func writeInput(t *testing.T, folder string, slugs ...string) *volume.Image {
	t.Helper()
	var all *volume.Image
	for n, slug := range slugs {
		image := randomrun.Image(uint64(n))
		place := filepath.Join(folder, "images", slug)
		if err := os.MkdirAll(place, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := mha.WriteImage(filepath.Join(place, "case.mha"), image); err != nil {
			t.Fatal(err)
		}
		if all == nil {
			all = image
		} else {
			all.Data, all.Channels = append(all.Data, image.Data...), all.Channels+1
		}
	}
	return all
}

func TestRunPredictsAsPredictDoes(t *testing.T) {
	for name, test := range map[string]struct{ channels, models, slugs []string }{
		"one channel":  {[]string{"CT"}, []string{"3d_fullres"}, []string{"generic-medical-image"}},
		"two channels": {[]string{"T1", "T2"}, []string{"3d_fullres"}, []string{"t1", "t2"}},
		"an ensemble":  {[]string{"CT"}, []string{"a", "b"}, []string{"generic-medical-image"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := Config{Folder: writeAlgorithm(t, test.channels, test.models...), Input: t.TempDir(), Output: t.TempDir(), Executor: executor(t), Workers: 2}
			image := writeInput(t, c.Input, test.slugs...)
			cases, files := 0, []string{}
			c.Ready, c.Done = func(n int) { cases = n }, func(file string) { files = append(files, file) }
			if err := Run(context.Background(), c); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(c.Output, "images", "generic-overlay", "case.mha")
			if cases != 1 || !slices.Equal(files, []string{file}) {
				t.Errorf("%d cases, wrote %v", cases, files)
			}
			got, err := mha.ReadLabels(file)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(image.Geometry, 1e-9) {
				t.Errorf("grid %+v, want %+v", got.Geometry, image.Geometry)
			}
			want := averaged(t, c.Folder, test.models, image)
			if !slices.Equal(got.Data, want) {
				t.Error("other labels than predict's")
			}
			if len(slices.Compact(slices.Sorted(slices.Values(want)))) < 2 {
				t.Error("the case shows nothing: it has one label only")
			}
		})
	}
}

// averaged returns the labels of the mean probabilities of models.
func averaged(t *testing.T, folder string, models []string, image *volume.Image) []uint16 {
	t.Helper()
	var sum *volume.Image
	var d dataset.Description
	for _, m := range models {
		p, err := predict.Open(filepath.Join(folder, "models", m), predict.Options{Probabilities: true, Executor: executor(t)})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		r, err := p.Image(context.Background(), image, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d = p.Description(); len(models) == 1 {
			return r.Labels.Data
		}
		probabilities, err := r.Probabilities()
		if err != nil {
			t.Fatal(err)
		}
		if sum == nil {
			sum = probabilities
			continue
		}
		for i := range sum.Data {
			sum.Data[i] = (sum.Data[i] + probabilities.Data[i]) / 2
		}
	}
	labels := make([]uint16, image.Voxels())
	d.Labelling.DecodeProbabilities(labels, [][]float32{sum.Channel(0).Data, sum.Channel(1).Data, sum.Channel(2).Data})
	return labels
}

func TestRunRefuses(t *testing.T) {
	good := writeAlgorithm(t, []string{"CT"}, "3d_fullres")
	for name, c := range map[string]Config{
		"no algorithm": {Folder: t.TempDir(), Input: t.TempDir(), Output: t.TempDir()},
		"no image":     {Folder: good, Input: t.TempDir(), Output: t.TempDir()},
	} {
		c.Executor = executor(t)
		if err := Run(context.Background(), c); err == nil || !fault.IsInput(err) {
			t.Errorf("%s: error %v, want one about the input", name, err)
		}
	}
}

func TestRunGoesOnAfterABrokenCase(t *testing.T) {
	c := Config{Folder: writeAlgorithm(t, []string{"CT"}, "3d_fullres"), Input: t.TempDir(), Output: t.TempDir(), Executor: executor(t)}
	writeInput(t, c.Input, "generic-medical-image")
	if err := os.WriteFile(filepath.Join(c.Input, "images", "generic-medical-image", "broken.mha"), []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := Run(context.Background(), c)
	if err == nil || !strings.Contains(err.Error(), "case broken") {
		t.Errorf("error %v, want one about the broken case", err)
	}
	if _, err := mha.ReadLabels(filepath.Join(c.Output, "images", "generic-overlay", "case.mha")); err != nil {
		t.Error(err)
	}
}
