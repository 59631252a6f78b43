package dataset

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/parallel"
	"github.com/autoseg/autoseg/volume"
	"github.com/google/go-cmp/cmp"
)

type testProperties struct {
	Spacing [3]float64 `yaml:"spacing,flow"`
	Name    string     `yaml:"name"`
}

func testRecord(id string, largest int16) *Record {
	r := &Record{
		ID: id, Channels: 2, Shape: [3]int{3, 4, 5}, Hash: "h1",
		Data: make([]float32, 120), Labels: make([]int16, 60),
		Locations: []ClassLocations{
			{Key: "1_2", Labels: []int{1, 2}, Voxels: [][3]int32{{2, 3, 4}, {0, 0, 0}}},
			{Key: "-1_0", Labels: []int{-1, 0}, Voxels: [][3]int32{}},
		},
		Properties: testProperties{Spacing: [3]float64{5, 0.7421879768371582, 1}, Name: "käse"},
	}
	for i := range r.Data {
		r.Data[i] = float32(i) - 0.25
	}
	for i := range r.Labels {
		r.Labels[i] = int16(i%3) - 1
	}
	r.Labels[59] = largest
	return r
}

func openTestCase(t *testing.T, r *Record) *Stored {
	t.Helper()
	s, err := OpenStore(filepath.Join(t.TempDir(), "new folder"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Put(r); err != nil {
		t.Fatal(err)
	}
	c, err := s.Open(r.ID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestStoreReturnsWhatWasPut(t *testing.T) {
	for name, largest := range map[string]int16{"int8 labels": 127, "int16 labels": 128} {
		t.Run(name, func(t *testing.T) {
			r := testRecord("case ä.1", largest)
			c := openTestCase(t, r)
			if c.Shape() != r.Shape || c.Channels() != 2 || !slices.Equal(c.Data(), r.Data) || !slices.Equal(c.Labels(), r.Labels) {
				t.Errorf("arrays differ: shape %v, channels %d, labels %v", c.Shape(), c.Channels(), c.Labels())
			}
			if d := cmp.Diff(r.Locations, c.Locations()); d != "" {
				t.Error(d)
			}
			var p testProperties
			if err := c.Properties(&p); err != nil || p != r.Properties {
				t.Errorf("properties %v (%v), want %v", p, err, r.Properties)
			}
		})
	}
}

func TestPatchFillsOutside(t *testing.T) {
	r := testRecord("a", 300)
	c := openTestCase(t, r)
	for name, box := range map[string]volume.Box{
		"inside":        {Start: [3]int{1, 1, 1}, End: [3]int{3, 3, 4}},
		"across a face": {Start: [3]int{-2, 2, 3}, End: [3]int{2, 6, 9}},
		"all around":    {Start: [3]int{-1, -1, -1}, End: [3]int{4, 5, 6}},
		"far away":      {Start: [3]int{10, 10, 10}, End: [3]int{12, 12, 12}},
	} {
		t.Run(name, func(t *testing.T) {
			shape := box.Shape()
			n := shape[0] * shape[1] * shape[2]
			parallel.For(4, 8, func(int, int) {
				data, labels := make([]float32, 2*n), make([]int16, n)
				c.Patch(data, labels, box)
				i := 0
				for z := box.Start[0]; z < box.End[0]; z++ {
					for y := box.Start[1]; y < box.End[1]; y++ {
						for x := box.Start[2]; x < box.End[2]; x++ {
							want := [3]float32{0, 0, -1}
							if at := (z*4+y)*5 + x; z >= 0 && y >= 0 && x >= 0 && z < 3 && y < 4 && x < 5 {
								want = [3]float32{r.Data[at], r.Data[60+at], float32(r.Labels[at])}
							}
							if got := [3]float32{data[i], data[n+i], float32(labels[i])}; got != want {
								t.Errorf("voxel (%d, %d, %d): got %v, want %v", z, y, x, got, want)
							}
							i++
						}
					}
				}
			})
		})
	}
}

func TestStoreKnowsWhatIsComplete(t *testing.T) {
	s, _ := OpenStore(t.TempDir())
	for _, id := range []string{"b", "a"} {
		if err := s.Put(testRecord(id, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Cases(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("cases %v", got)
	}
	if !s.Unchanged("a", "h1") || s.Unchanged("a", "h2") || s.Unchanged("c", "h1") {
		t.Error("unchanged is wrong")
	}
	if err := os.Truncate(filepath.Join(s.Dir(), "a.data.npy"), 300); err != nil {
		t.Fatal(err)
	}
	if s.Unchanged("a", "h1") {
		t.Error("a truncated case counts as unchanged")
	}
	if _, err := s.Open("a"); err == nil || !strings.Contains(err.Error(), "a.data.npy") {
		t.Errorf("opening a truncated case: %v", err)
	}
}

func TestStoreRefusesBadRecords(t *testing.T) {
	for name, spoil := range map[string]func(*Record){
		"path":         func(r *Record) { r.ID = "../a" },
		"no name":      func(r *Record) { r.ID = "" },
		"short data":   func(r *Record) { r.Data = r.Data[:100] },
		"short labels": func(r *Record) { r.Labels = nil },
		"bad shape":    func(r *Record) { r.Shape[0] = -3 },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s, _ := OpenStore(dir)
			r := testRecord("a", 1)
			spoil(r)
			if s.Put(r) == nil {
				t.Error("no error")
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("%s was left behind", left[0].Name())
			}
		})
	}
}

func FuzzOpenStored(f *testing.F) {
	dir := f.TempDir()
	s, _ := OpenStore(dir)
	if err := s.Put(testRecord("a", 1)); err != nil {
		f.Fatal(err)
	}
	for _, ending := range []string{dataEnding, caseEnding} {
		content, err := os.ReadFile(s.path("a", ending))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content, ending == dataEnding)
	}
	f.Fuzz(func(t *testing.T, content []byte, data bool) {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(s.Dir())); err != nil {
			t.Fatal(err)
		}
		spoiled, _ := OpenStore(dir)
		ending := caseEnding
		if data {
			ending = dataEnding
		}
		if err := os.WriteFile(spoiled.path("a", ending), content, 0o666); err != nil {
			t.Fatal(err)
		}
		c, err := spoiled.Open("a")
		if err != nil {
			return
		}
		defer c.Close()
		shape := c.Shape()
		if n := shape[0] * shape[1] * shape[2]; len(c.Data()) != n*c.Channels() || len(c.Labels()) != n {
			t.Errorf("%d values and %d labels for %d channels of shape %v", len(c.Data()), len(c.Labels()), c.Channels(), shape)
		}
	})
}

func FuzzLocations(f *testing.F) {
	var good bytes.Buffer
	if err := writeLocations(&good, testRecord("a", 1).Locations); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		classes, err := readLocations(bytes.NewReader(content), int64(len(content)), [3]int{3, 4, 5})
		if err != nil {
			return
		}
		for _, c := range classes {
			for _, v := range c.Voxels {
				if v[0] < 0 || v[0] > 2 || v[1] < 0 || v[1] > 3 || v[2] < 0 || v[2] > 4 {
					t.Errorf("class %s: voxel %v outside", c.Key, v)
				}
			}
		}
	})
}

func BenchmarkStoredPatch(b *testing.B) {
	shape := [3]int{64, 128, 128}
	n := shape[0] * shape[1] * shape[2]
	s, _ := OpenStore(b.TempDir())
	if err := s.Put(&Record{ID: "a", Channels: 1, Shape: shape, Data: make([]float32, n), Labels: make([]int16, n)}); err != nil {
		b.Fatal(err)
	}
	c, err := s.Open("a")
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	box := volume.Box{Start: [3]int{10, 20, 30}, End: [3]int{50, 76, 70}}
	data, labels := make([]float32, 40*56*40), make([]int16, 40*56*40)
	b.SetBytes(40 * 56 * 40 * 6)
	for b.Loop() {
		c.Patch(data, labels, box)
	}
}
