package challenge

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/mha"
	"github.com/autoseg/autoseg/volume/nifti"
)

// labelling has the labels 1, 2, ... with the given names.
func labelling(t *testing.T, names ...string) *dataset.Labelling {
	t.Helper()
	regions := []dataset.Region{{Name: "background", Labels: []int{0}}}
	for i, n := range names {
		regions = append(regions, dataset.Region{Name: n, Labels: []int{i + 1}})
	}
	l, err := dataset.NewLabelling(regions, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &l
}

// gridOf is a small oblique grid, different for every case.
func gridOf(i int) volume.Geometry {
	g := volume.NewGeometry([3]int{2 + i%2, 3, 4}, [3]float64{2.5, 0.7, 0.7})
	g.Origin = [3]float64{-10, 20.5, float64(i)}
	g.Direction = [9]float64{0, 1, 0, -1, 0, 0, 0, 0, 1}
	return g
}

// config writes predictions whose voxel i has label i modulo the number of labels.
func config(t *testing.T, target, data string, l *dataset.Labelling, ids ...string) Config {
	t.Helper()
	found, err := Find(target)
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Target: found, Predictions: t.TempDir(), Formats: dataset.Formats(), Dataset: data, Labelling: l, Program: "autoseg test", Model: "3d_fullres"}
	for i, id := range ids {
		labels := volume.NewLabels(gridOf(i))
		all := l.All()
		for k := range labels.Data {
			labels.Data[k] = uint16(all[k%len(all)])
		}
		if err := nifti.WriteLabels(filepath.Join(c.Predictions, id+".nii.gz"), labels); err != nil {
			t.Fatal(err)
		}
		c.Images = append(c.Images, Image{id, gridOf(i)})
	}
	return c
}

// contents returns the files of an archive by name.
func contents(t *testing.T, path string) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// distinct returns the values that occur.
func distinct[T byte | uint16](data []T) []int {
	seen := map[int]bool{}
	for _, v := range data {
		seen[int(v)] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// read returns the values and the grid in a file of an archive, and checks that it has one byte per voxel.
func read(t *testing.T, files map[string][]byte, name string) ([]int, *volume.Geometry) {
	t.Helper()
	content := files[name]
	switch {
	case strings.HasSuffix(name, ".nii.gz"):
		z, err := gzip.NewReader(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if content, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
		fallthrough
	case strings.HasSuffix(name, ".nii"):
		l, err := nifti.DecodeLabels(bytes.NewReader(content), nifti.ITK)
		if err != nil {
			t.Fatal(err)
		}
		if content[70] != 2 || len(content) != 352+len(l.Data) { // datatype DT_UINT8
			t.Errorf("%s: datatype %d, %d bytes for %d voxels", name, content[70], len(content), len(l.Data))
		}
		return distinct(l.Data), &l.Geometry
	case strings.HasSuffix(name, ".mhd"):
		folder := t.TempDir()
		for other, content := range files {
			if strings.HasPrefix(other, strings.TrimSuffix(name, "mhd")) {
				if err := os.WriteFile(filepath.Join(folder, other), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		l, err := mha.ReadLabels(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(content, []byte("ElementType = MET_UCHAR")) {
			t.Errorf("%s: not MET_UCHAR: %s", name, content)
		}
		return distinct(l.Data), &l.Geometry
	case strings.HasSuffix(name, ".png"):
		picture, err := png.Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		var data []byte
		for y := range picture.Bounds().Dy() {
			for x := range picture.Bounds().Dx() {
				v, _, _, _ := picture.At(x, y).RGBA()
				data = append(data, byte(v>>8))
			}
		}
		return distinct(data), nil
	}
	return distinct(content), nil
}

func TestTargets(t *testing.T) {
	for name, test := range map[string]struct {
		target, data string
		labels       []string
		ids          []string
		want         []string // files, without the manifest
		values       []int    // in the first file
	}{
		"msd": {"msd", "Dataset004_Hippocampus", []string{"Anterior", "Posterior"}, []string{"hippocampus_002", "hippocampus_005"},
			[]string{"Task04_Hippocampus/hippocampus_002.nii.gz", "Task04_Hippocampus/hippocampus_005.nii.gz"}, []int{0, 1, 2}},
		"msd, another dataset": {"msd", "Dataset999_Phantom", []string{"a"}, []string{"x"}, []string{"x.nii.gz"}, []int{0, 1}},
		"lits": {"lits", "LITS", []string{"liver", "tumor"}, []string{"test_7", "test_0"},
			[]string{"test-segmentation-0.nii", "test-segmentation-7.nii"}, []int{0, 1, 2}},
		"lits, the other way round": {"lits", "LITS", []string{"liver tumour", "liver"}, []string{"test-volume-12"},
			[]string{"test-segmentation-12.nii"}, []int{0, 1, 2}},
		"kits19":              {"kits19", "KiTS", []string{"kidney", "tumor"}, []string{"case_00210"}, []string{"prediction_00210.nii.gz"}, []int{0, 1, 2}},
		"kits19, other names": {"kits19", "KiTS", []string{"a", "b"}, []string{"case_00299"}, []string{"prediction_00299.nii.gz"}, []int{0, 1, 2}},
		"brats": {"brats", "BraTS", []string{"edema", "non-enhancing tumor", "enhancing tumour"}, []string{"BraTS20_Validation_001"},
			[]string{"BraTS20_Validation_001.nii.gz"}, []int{0, 1, 2, 4}},
		"promise12":            {"promise12", "Promise", []string{"prostate"}, []string{"Case03"}, []string{"Case03.mhd", "Case03.zraw"}, []int{0, 1}},
		"promise12, two zones": {"promise12", "Prostate", []string{"PZ", "TZ"}, []string{"prostate_04"}, []string{"Case04.mhd", "Case04.zraw"}, []int{0, 1}},
		"chaos": {"chaos", "CHAOS", []string{"liver", "right kidney", "left kidney", "spleen"}, []string{"T1_5", "T2_13"},
			[]string{"Task5/MR/13/T2SPIR/Results/img000.png", "Task5/MR/13/T2SPIR/Results/img001.png", "Task5/MR/13/T2SPIR/Results/img002.png",
				"Task5/MR/5/T1DUAL/Results/img000.png", "Task5/MR/5/T1DUAL/Results/img001.png"}, []int{0, 63, 126, 189, 252}},
		"isles":    {"isles", "ISLES", []string{"lesion"}, []string{"case_1_127014"}, []string{"SMIR.my_result.127014.nii"}, []int{0, 1}},
		"sliver07": {"sliver07", "SLIVER", []string{"liver"}, []string{"liver-orig021"}, []string{"liver-seg021.raw"}, []int{0, 1}},
		"chaos, names of the import": {"chaos", "CHAOS", []string{"liver", "right kidney", "left kidney", "spleen"},
			[]string{"MR_test_5_T1InPhase", "MR_test_13_T2", "MR_test_5_T1OutPhase"},
			[]string{"Task5/MR/13/T2SPIR/Results/img000.png", "Task5/MR/13/T2SPIR/Results/img001.png", "Task5/MR/13/T2SPIR/Results/img002.png",
				"Task5/MR/5/T1DUAL/Results/img000.png", "Task5/MR/5/T1DUAL/Results/img001.png"}, []int{0, 63, 126, 189, 252}},
	} {
		t.Run(name, func(t *testing.T) {
			c := config(t, test.target, test.data, labelling(t, test.labels...), test.ids...)
			path := filepath.Join(t.TempDir(), "x.zip")
			m, err := Write(t.Context(), path, c)
			if err != nil {
				t.Fatal(err)
			}
			files := contents(t, path)
			got := slices.Sorted(maps.Keys(files))
			if diff := cmp.Diff(slices.Sorted(slices.Values(append(test.want, ManifestName))), got); diff != "" {
				t.Fatalf("files (-want +got):\n%s", diff)
			}
			for i, packed := range m.Cases {
				for file, sha := range packed.Files {
					if sum(files[file]) != sha {
						t.Errorf("%s: the manifest has another sum", file)
					}
				}
				first := slices.Sorted(maps.Keys(packed.Files))[0]
				values, g := read(t, files, first)
				if diff := cmp.Diff(test.values, values); diff != "" {
					t.Errorf("%s: values (-want +got):\n%s", first, diff)
				}
				if g != nil && !g.Equal(gridOf(i), 1e-5) {
					t.Errorf("%s: the grid is %+v", first, *g)
				}
			}
		})
	}
}

func TestRawBytesRunOverX(t *testing.T) {
	c := config(t, "sliver07", "SLIVER", labelling(t, "liver"), "liver-orig021")
	path := filepath.Join(t.TempDir(), "x.zip")
	if _, err := Write(t.Context(), path, c); err != nil {
		t.Fatal(err)
	}
	raw := contents(t, path)["liver-seg021.raw"]
	if len(raw) != gridOf(0).Voxels() || raw[0] != 0 || raw[1] != 1 {
		t.Errorf("%d bytes, starting with %v", len(raw), raw[:2])
	}
}

func TestRegionsOfBraTS(t *testing.T) {
	for name, regions := range map[string][]dataset.Region{
		"nnU-Net's":     {{Name: "background", Labels: []int{0}}, {Name: "whole", Labels: []int{1, 2, 3}}, {Name: "core", Labels: []int{2, 3}}, {Name: "enh", Labels: []int{3}}},
		"another order": {{Name: "background", Labels: []int{0}}, {Name: "e", Labels: []int{3}}, {Name: "w", Labels: []int{1, 2, 3}}, {Name: "c", Labels: []int{2, 3}}},
	} {
		l, err := dataset.NewLabelling(regions, []int{1, 2, 3})
		if err != nil {
			t.Fatal(err)
		}
		target, _ := Find("brats")
		got, err := target.values(&l, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(map[int]uint16{0: 0, 1: 2, 2: 1, 3: 4}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSameBytesTwice(t *testing.T) {
	for _, target := range Targets() {
		c := config(t, target.Name, "Liver", labelling(t, "liver"), "liver_T1_100001", "liver_T1_100002")
		c.Values = map[int]int{1: 1}
		if target.Structures != nil {
			c.Values[1] = int(target.Structures[0].Value)
		}
		var made [2][]byte
		for i := range made {
			path := filepath.Join(t.TempDir(), "x.zip")
			if _, err := Write(t.Context(), path, c); err != nil {
				t.Fatalf("%s: %v", target.Name, err)
			}
			made[i], _ = os.ReadFile(path)
		}
		if len(made[0]) == 0 || !bytes.Equal(made[0], made[1]) {
			t.Errorf("%s: two archives of the same predictions differ", target.Name)
		}
	}
}

func TestRefusals(t *testing.T) {
	rewrite := func(change func(l *volume.Labels)) func(t *testing.T, c *Config) {
		return func(t *testing.T, c *Config) {
			path := filepath.Join(c.Predictions, "case_00211.nii.gz")
			l, err := nifti.ReadLabels(path)
			if err != nil {
				t.Fatal(err)
			}
			change(l)
			if err := nifti.WriteLabels(path, l); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, test := range map[string]struct {
		spoil func(t *testing.T, c *Config)
		want  []string
	}{
		"a missing prediction": {func(t *testing.T, c *Config) { os.Remove(filepath.Join(c.Predictions, "case_00211.nii.gz")) },
			[]string{"case case_00211: its prediction is missing"}},
		"no predictions at all": {func(t *testing.T, c *Config) { c.Predictions = t.TempDir() },
			[]string{"case_00210: its prediction is missing", "case_00211: its prediction is missing"}},
		"another spacing":   {rewrite(func(l *volume.Labels) { l.Spacing[1] = 0.8 }), []string{"case_00211: the prediction has shape", "0.8"}},
		"another origin":    {rewrite(func(l *volume.Labels) { l.Origin[0] += 0.5 }), []string{"case_00211: the prediction has"}},
		"another direction": {rewrite(func(l *volume.Labels) { l.Direction = [9]float64{1, 0, 0, 0, 1, 0, 0, 0, 1} }), []string{"case_00211: the prediction has"}},
		"another shape":     {func(t *testing.T, c *Config) { c.Images[1].Geometry.Shape[0]++ }, []string{"case_00211: the prediction has shape [3 3 4]"}},
		"a label of nobody": {rewrite(func(l *volume.Labels) { l.Data[5] = 7 }), []string{"case_00211: label 7 at voxel [0 1 1]", "[0 1 2]"}},
		"two findings": {func(t *testing.T, c *Config) {
			rewrite(func(l *volume.Labels) { l.Data[0] = 9 })(t, c)
			os.Remove(filepath.Join(c.Predictions, "case_00210.nii.gz"))
		}, []string{"case_00210: its prediction", "case_00211: label 9"}},
		"a broken file": {func(t *testing.T, c *Config) {
			os.WriteFile(filepath.Join(c.Predictions, "case_00211.nii.gz"), []byte("no"), 0o600)
		}, []string{"case_00211"}},
		"a value of no structure":   {func(t *testing.T, c *Config) { c.Values = map[int]int{1: 5} }, []string{"KiTS19 has no value 5"}},
		"a label that is not there": {func(t *testing.T, c *Config) { c.Values = map[int]int{4: 1} }, []string{"no label 4"}},
		"half of the names known":   {func(t *testing.T, c *Config) { c.Labelling = labelling(t, "b", "kidney") }, []string{`labels 1 "b"`, "--values"}},
		"the same name twice":       {func(t *testing.T, c *Config) { c.Names = map[string]string{"case_00210": "prediction_00211"} }, []string{"as case case_00210 is already"}},
		"a name outside":            {func(t *testing.T, c *Config) { c.Names = map[string]string{"case_00210": "../x"} }, []string{"is no name for a file"}},
		"no images":                 {func(t *testing.T, c *Config) { c.Images = nil }, []string{"no test image"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := config(t, "kits19", "KiTS", labelling(t, "kidney", "tumor"), "case_00210", "case_00211")
			test.spoil(t, &c)
			folder := t.TempDir()
			_, err := Write(t.Context(), filepath.Join(folder, "x.zip"), c)
			if err == nil || !fault.IsInput(err) {
				t.Fatalf("error %v, want one about the input", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
			if left, _ := os.ReadDir(folder); len(left) > 0 {
				t.Errorf("left %v behind", left)
			}
		})
	}
}

func TestWriteStops(t *testing.T) {
	c := config(t, "kits19", "KiTS", labelling(t, "kidney", "tumor"), "case_00210")
	ctx, stop := context.WithCancel(t.Context())
	c.Progress = func(int, int) { stop() }
	c.Images = append(c.Images, c.Images...)
	folder := t.TempDir()
	if _, err := Write(ctx, filepath.Join(folder, "x.zip"), c); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that the context ended", err)
	}
	if left, _ := os.ReadDir(folder); len(left) > 0 {
		t.Errorf("left %v behind", left)
	}
}

func TestManifestAndDescription(t *testing.T) {
	c := config(t, "kits19", "KiTS", labelling(t, "kidney", "tumor"), "case_00210")
	c.Description = filepath.Join(t.TempDir(), "method.pdf")
	if err := os.WriteFile(c.Description, []byte("%PDF"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.zip")
	if _, err := Write(t.Context(), path, c); err != nil {
		t.Fatal(err)
	}
	files := contents(t, path)
	if string(files["method.pdf"]) != "%PDF" {
		t.Error("the description is missing")
	}
	var m Manifest
	if err := json.Unmarshal(files[ManifestName], &m); err != nil {
		t.Fatal(err)
	}
	if m.Model != "3d_fullres" || len(m.Cases) != 1 || m.Cases[0].Voxels[2] != 8 {
		t.Errorf("manifest %+v", m)
	}
	if bytes.Contains(files[ManifestName], []byte(os.TempDir())) {
		t.Error("the manifest holds a path")
	}
}

func TestEveryTargetHasItsPage(t *testing.T) {
	for _, target := range Targets() {
		page, err := os.ReadFile(filepath.Join("..", "..", "docs", "submissions", target.Name+".md"))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, want := range []string{"--target " + target.Name, "## Rules", "## Sources"} {
			if !bytes.Contains(page, []byte(want)) {
				t.Errorf("docs/submissions/%s.md lacks %q", target.Name, want)
			}
		}
		if links := bytes.Count(page[bytes.Index(page, []byte("## Sources")):], []byte("https://")); links < 2 {
			t.Errorf("docs/submissions/%s.md has %d sources, want two", target.Name, links)
		}
	}
}
