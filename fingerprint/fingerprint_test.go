package fingerprint

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/volume"
	"github.com/autoseg/autoseg/volume/nifti"
)

func extract(t testing.TB, dir string, workers int) *Fingerprint {
	t.Helper()
	d, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Extract(context.Background(), d, Options{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestExtractEqualsNNUNet(t *testing.T) {
	// nnU-Net sums up to 1e8 float32 values in float32, so mean and std agree to 1e-5 only; all other
	// numbers are equal.
	summed := cmp.FilterPath(func(p cmp.Path) bool {
		name := p.Last().String()
		return name == ".Mean" || name == ".Std"
	}, cmpopts.EquateApprox(1e-5, 0))
	for _, name := range []string{"ct_aniso_2d", "ct_aniso_sepz", "lowres_axis_last", "mri_2ch_zero_background", "regions_ignore"} {
		dir := golden.Shared(t, "golden", "preprocess", name)
		want, err := Read(filepath.Join(dir, "dataset_fingerprint.json"))
		if err != nil {
			t.Fatal(err)
		}
		got := extract(t, dir, 2)
		if diff := cmp.Diff(want, got, summed); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if name == "mri_2ch_zero_background" && !cmp.Equal(got, extract(t, dir, 1)) {
			t.Errorf("%s: one worker gives other numbers than two", name)
		}
	}
}

func TestExtractSample(t *testing.T) {
	dir := golden.Shared(t, "samples", "hippocampus")
	start := time.Now()
	f := extract(t, dir, 2)
	t.Logf("30 cases in %v", time.Since(start))
	if len(f.Shapes) != 30 || f.Intensities[0].Min < 0 || !(f.Intensities[0].Percentile995 > f.Intensities[0].Median) {
		t.Errorf("%+v", f)
	}
}

func TestFileSurvivesByteForByte(t *testing.T) {
	for _, name := range []string{"Dataset004_Hippocampus", "Dataset803_ct_iso_large", "Dataset802_png_2d_rgb"} {
		path := golden.Shared(t, "golden", "plans", name, "dataset_fingerprint.json")
		f, err := Read(path)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := f.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(got)
		if err != nil || !cmp.Equal(f, again) {
			t.Errorf("%s changed on the way through a file: %v", name, err)
		}
		want, _ := os.ReadFile(path)
		if name == "Dataset004_Hippocampus" && string(got) != string(want) {
			t.Errorf("%s: written text differs from nnU-Net's", name)
		}
	}
}

// build writes a dataset of one channel; every case is a pair of functions of the voxel.
func build(t *testing.T, cases ...[2]func(i int) float32) string {
	t.Helper()
	dir := t.TempDir()
	for _, sub := range []string{"imagesTr", "labelsTr"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	g := volume.NewGeometry([3]int{1, 3, 4}, [3]float64{5, 1, 1})
	for k, c := range cases {
		id := string(rune('a' + k))
		im, l := volume.NewImage(g, 1), volume.NewLabels(g)
		for i := range im.Data {
			im.Data[i], l.Data[i] = c[0](i), uint16(c[1](i))
		}
		if err := nifti.WriteImage(filepath.Join(dir, "imagesTr", id+"_0000.nii.gz"), im); err != nil {
			t.Fatal(err)
		}
		if err := nifti.WriteLabels(filepath.Join(dir, "labelsTr", id+".nii.gz"), l); err != nil {
			t.Fatal(err)
		}
	}
	text := `{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1}, "numTraining": ` + string(rune('0'+len(cases))) + `, "file_ending": ".nii.gz"}`
	if err := os.WriteFile(filepath.Join(dir, "dataset.json"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func constant(v float32) func(int) float32 { return func(int) float32 { return v } }

func TestUnusualCases(t *testing.T) {
	third := float32(1) / 3
	one := [2]func(int) float32{func(i int) float32 { return []float32{0, 0, third, 0}[i%4] }, func(i int) float32 { return []float32{0, 0, 1, 0}[i%4] }}
	allZero := [2]func(int) float32{constant(0), constant(1)}
	background := [2]func(int) float32{constant(7), constant(0)}
	t.Run("all zero image is not cropped", func(t *testing.T) {
		f := extract(t, build(t, one, allZero), 1)
		if diff := cmp.Diff([][3]int{{1, 3, 1}, {1, 3, 4}}, f.Shapes); diff != "" {
			t.Error(diff)
		}
		if f.RelativeSize != 0.625 { // (3/12 + 12/12) / 2
			t.Errorf("relative size %g, want 0.625", f.RelativeSize)
		}
	})
	t.Run("case without foreground", func(t *testing.T) {
		f := extract(t, build(t, one, background), 2)
		v := float64(third) // float64 now, and every sample the same
		want := plans.Intensity{Max: v, Mean: v, Median: v, Min: v, Percentile005: v, Percentile995: v}
		if diff := cmp.Diff(want, f.Intensities[0], cmpopts.EquateApprox(0, 1e-12)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("no foreground at all", func(t *testing.T) {
		d, err := dataset.Open(build(t, background, background))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Extract(context.Background(), d, Options{}); !fault.IsInput(err) || !strings.Contains(err.Error(), "no training case has a foreground voxel") {
			t.Error(err)
		}
	})
	t.Run("NaN", func(t *testing.T) {
		d, err := dataset.Open(build(t, [2]func(int) float32{constant(float32(math.NaN())), constant(1)}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Extract(context.Background(), d, Options{}); !fault.IsInput(err) || !strings.Contains(err.Error(), "case a") || !strings.Contains(err.Error(), "a_0000.nii.gz") {
			t.Error(err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		d, err := dataset.Open(build(t, one))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Extract(ctx, d, Options{}); err != context.Canceled {
			t.Error(err)
		}
	})
}

func TestPercentileInterpolatesAsNumpy(t *testing.T) {
	// numpy.percentile(numpy.float32([0.1, 0.7]), [0.5, 50, 99.5]): rank 0.005, 0.5 and 0.995 between
	// the two; 0.7 - 0.1 is taken in float32.
	var p pool
	a, b := float32(0.1), float32(0.7)
	p.add([]float32{b, a, 9}, []int{0, 1, 2}, []uint32{1, 1, 0})
	got := p.statistics(false)
	d := float64(b - a)
	if got.Percentile005 != float64(a)+d*0.005 || got.Median != float64(b)-d*0.5 || got.Percentile995 != float64(b)-d*(1-0.995) {
		t.Errorf("%+v", got)
	}
	if exact := p.statistics(true); exact.Median != float64(b)-(float64(b)-float64(a))*0.5 {
		t.Errorf("%+v", exact)
	}
}

func TestPoolOrdersNegativeValues(t *testing.T) {
	var p pool
	data := []float32{3, -2, float32(math.Copysign(0, -1)), 0, -1000.5}
	p.add(data, []int{0, 1, 2}, []uint32{1, 2, 1})
	p.add(data, []int{3, 4}, []uint32{4, 1})
	p.settle()
	var got []float32
	for _, e := range p.runs {
		got = append(got, e.value(), float32(e.count()))
	}
	if diff := cmp.Diff([]float32{-1000.5, 1, -2, 2, 0, 5, 3, 1}, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseNamesWhatIsWrong(t *testing.T) {
	good := `{"foreground_intensity_properties_per_channel": {"0": {"max": 1, "mean": 1, "median": 1, "min": 1, "percentile_00_5": 1, "percentile_99_5": 1, "std": 0}},
		"median_relative_size_after_cropping": 1.0, "shapes_after_crop": [[1, 2, 3]], "spacings": [[1.0, 1.0, 0.5]]}`
	if _, err := Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"no size":      {`"median_relative_size_after_cropping": 1.0, `, ``, "median_relative_size_after_cropping is null"},
		"no channel":   {`"0": {`, `"1": {`, "channel 0 is missing"},
		"no statistic": {`"std": 0`, `"sd": 0`, "channel 0: std is null"},
		"half a voxel": {`[1, 2, 3]`, `[1, 2, 3.5]`, "3.5 is no number of voxels"},
		"two axes":     {`[1, 2, 3]`, `[1, 2]`, "case 0 has not three numbers"},
		"zero spacing": {`0.5]`, `0]`, "0 mm is no spacing"},
		"NaN spacing":  {`0.5]`, `NaN]`, "NaN mm is no spacing"},
		"fewer cases":  {`[[1.0, 1.0, 0.5]]`, `[]`, "has 1 cases, spacings has 0"},
	} {
		if _, err := Parse([]byte(strings.Replace(good, c.old, c.new, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"foreground_intensity_properties_per_channel": {"0": {"max": 1, "mean": NaN, "median": 1, "min": 1, "percentile_00_5": 1, "percentile_99_5": 1, "std": 0}}, "median_relative_size_after_cropping": 1.0, "shapes_after_crop": [[1, 2, 3]], "spacings": [[1.0, 1.0, 0.5]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data)
		if err != nil {
			return
		}
		text, err := v.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Parse(text); err != nil || !cmp.Equal(v, again, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()) {
			t.Fatalf("own output: %v", err)
		}
	})
}

func BenchmarkExtract(b *testing.B) {
	dir := golden.Shared(b, "samples", "hippocampus")
	for b.Loop() {
		extract(b, dir, 2)
	}
}
