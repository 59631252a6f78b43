package evaluate

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
)

// goldenCase is a file of golden/metrics.
type goldenCase struct {
	Spacing                      []float64
	Shape                        []int
	Reference, Prediction, Valid any
	Tolerances                   []float64
	Expected                     map[string]map[string]json.RawMessage
}

// goldenIgnore stands for ignored voxels in the reference.
const goldenIgnore = 99

func TestGoldenMetrics(t *testing.T) {
	dir := golden.Shared(t, "golden", "metrics")
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for _, file := range files {
		if name := filepath.Base(file); strings.HasPrefix(name, "losses") || strings.HasPrefix(name, "weight_map") {
			continue
		}
		cases++
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var c goldenCase
			if err := json.Unmarshal(text, &c); err != nil {
				t.Fatal(err)
			}
			c.check(t)
		})
	}
	if cases < 9 {
		t.Errorf("only %d cases in %s", cases, dir)
	}
}

func (c *goldenCase) check(t *testing.T) {
	g := c.geometry()
	reference, prediction := volume.NewLabels(g), volume.NewLabels(g)
	fill(reference.Data, c.Reference)
	fill(prediction.Data, c.Prediction)
	if c.Valid != nil {
		valid := volume.NewLabels(g)
		fill(valid.Data, c.Valid)
		for i, v := range valid.Data {
			if v == 0 {
				reference.Data[i] = goldenIgnore
			}
		}
	}
	for key, expected := range c.Expected {
		class := Class{Key: key}
		for _, field := range strings.Split(key, ",") {
			v, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			class.Labels = append(class.Labels, v)
		}
		counts := Count(reference.Data, prediction.Data, []Class{class}, goldenIgnore)[0]
		surfaces := Measure(reference, prediction, []Class{class}, goldenIgnore, 2)[0]
		compareGolden(t, key, expected, counts, &surfaces)
	}
}

func compareGolden(t *testing.T, key string, expected map[string]json.RawMessage, c Counts, s *Surfaces) {
	toReference, toPrediction := s.ASD()
	got := map[string]float64{
		"tp": float64(c.TP), "fp": float64(c.FP), "fn": float64(c.FN), "tn": float64(c.TN),
		"n_ref": float64(c.Reference()), "n_pred": float64(c.Predicted()),
		"dice": c.Dice(), "jaccard": c.Jaccard(), "accuracy": c.Accuracy(), "recall": c.Recall(),
		"specificity": c.Specificity(), "precision": c.Precision(), "volume_difference": c.VolumeDifference(),
		"hd": s.Hausdorff(), "hd95": s.Percentile(95), "hd95_pooled": s.PooledPercentile(95),
		"asd_pred_to_ref": toReference, "asd_ref_to_pred": toPrediction, "assd": s.ASSD(),
		"avd_surface": s.AverageHausdorff(AVDSurface), "avd_voxels": s.AverageHausdorff(AVDVoxels),
		"avd_voxels_mean": s.AverageHausdorff(AVDVoxelsMean),
		"n_surface_ref":   float64(len(s.ToPrediction)), "n_surface_pred": float64(len(s.ToReference)),
	}
	for name, raw := range expected {
		if name == "surface_dice" {
			var byTolerance map[string]any
			if err := json.Unmarshal(raw, &byTolerance); err != nil {
				t.Fatal(err)
			}
			for tolerance, want := range byTolerance {
				tau, err := strconv.ParseFloat(tolerance, 64)
				if err != nil {
					t.Fatal(err)
				}
				checkNumber(t, key+" surface Dice at "+tolerance, s.SurfaceDice(tau), want)
			}
			continue
		}
		var want any
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		v, ok := got[name]
		if !ok {
			t.Errorf("%s: metric %s is not computed", key, name)
			continue
		}
		checkNumber(t, key+" "+name, v, want)
	}
}

// checkNumber allows 1e-9 relative, as the goldens' README expects of float64.
func checkNumber(t *testing.T, what string, got float64, want any) {
	t.Helper()
	number, ok := want.(float64)
	if word, isWord := want.(string); isWord {
		number, ok = map[string]float64{"nan": math.NaN(), "inf": math.Inf(1)}[word]
	}
	if !ok {
		t.Fatalf("%s: the golden holds %v", what, want)
	}
	same := got == number || math.IsNaN(got) && math.IsNaN(number) || math.Abs(got-number) <= 1e-9*math.Abs(number)
	if !same {
		t.Errorf("%s: got %v, want %v", what, got, number)
	}
}

// geometry puts 2D cases into one slice.
func (c *goldenCase) geometry() volume.Geometry {
	shape, spacing := [3]int{1, 1, 1}, [3]float64{1, 1, 1}
	copy(shape[3-len(c.Shape):], c.Shape)
	copy(spacing[3-len(c.Spacing):], c.Spacing)
	return volume.NewGeometry(shape, spacing)
}

// fill writes nested lists in C order and returns what is left of dst.
func fill(dst []uint16, nested any) []uint16 {
	list, ok := nested.([]any)
	if !ok {
		dst[0] = uint16(nested.(float64))
		return dst[1:]
	}
	for _, v := range list {
		dst = fill(dst, v)
	}
	return dst
}

func TestSurfacesOfWorkedExample(t *testing.T) {
	// architectures.md 12.5: a 4x4 square in 8x8, the prediction shifted by one column.
	g := volume.NewGeometry([3]int{1, 8, 8}, [3]float64{1, 1, 1})
	reference, prediction := volume.NewLabels(g), volume.NewLabels(g)
	for y := 2; y < 6; y++ {
		for x := 2; x < 6; x++ {
			reference.Data[y*8+x], prediction.Data[y*8+x+1] = 1, 1
		}
	}
	s := Measure(reference, prediction, Labels([]int{1}), NoIgnore, 1)[0]
	for name, v := range map[string][2]float64{
		"ASSD": {s.ASSD(), 0.5}, "HD": {s.Hausdorff(), 1}, "HD95": {s.Percentile(95), 1},
		"AVD":                     {s.AverageHausdorff(AVDVoxels), 0.25},
		"AVD of surfaces":         {s.AverageHausdorff(AVDSurface), 0.5},
		"surface Dice at 0.5":     {s.SurfaceDice(0.5), 0.5},
		"surface Dice at 1":       {s.SurfaceDice(1), 1},
		"surface voxels, one way": {float64(len(s.ToPrediction)), 12},
		"surface voxels, back":    {float64(len(s.ToReference)), 12},
	} {
		if v[0] != v[1] {
			t.Errorf("%s: got %v, want %v", name, v[0], v[1])
		}
	}
}

func TestSurfacesOfEmptyMasks(t *testing.T) {
	g := volume.NewGeometry([3]int{2, 2, 2}, [3]float64{1, 1, 1})
	none, some, ignored := volume.NewLabels(g), volume.NewLabels(g), volume.NewLabels(g)
	some.Data[3], ignored.Data[3] = 1, 2
	nan, inf := math.NaN(), math.Inf(1)
	for name, test := range map[string]struct {
		reference, prediction *volume.Labels
		distance, dice        float64
	}{
		"both empty":                      {none, none, nan, nan},
		"nothing predicted":               {some, none, inf, 0},
		"nothing to find":                 {none, some, inf, 0},
		"one voxel each":                  {some, some, 0, 1},
		"all that was predicted, ignored": {ignored, some, nan, nan},
	} {
		t.Run(name, func(t *testing.T) {
			s := Measure(test.reference, test.prediction, Labels([]int{1}), 2, 1)[0]
			toReference, toPrediction := s.ASD()
			for metric, got := range map[string]float64{"HD": s.Hausdorff(), "HD95": s.Percentile(95), "pooled": s.PooledPercentile(95),
				"ASSD": s.ASSD(), "AVD": s.AverageHausdorff(AVDVoxels), "ASD": toReference, "ASD back": toPrediction} {
				if got != test.distance && !(math.IsNaN(got) && math.IsNaN(test.distance)) {
					t.Errorf("%s: got %v, want %v", metric, got, test.distance)
				}
			}
			if got := s.SurfaceDice(1); got != test.dice && !(math.IsNaN(got) && math.IsNaN(test.dice)) {
				t.Errorf("surface Dice: got %v, want %v", got, test.dice)
			}
		})
	}
}

// TestSurfacesAgainstAllPairs compares with the definitions: every voxel against every other.
func TestSurfacesAgainstAllPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var shape [3]int
		var spacing [3]float64
		for i := range shape {
			shape[i], spacing[i] = rapid.IntRange(1, 6).Draw(t, "size"), rapid.Float64Range(0.3, 5).Draw(t, "spacing")
		}
		g := volume.NewGeometry(shape, spacing)
		reference, prediction := volume.NewLabels(g), volume.NewLabels(g)
		for i := range reference.Data {
			reference.Data[i] = uint16(rapid.IntRange(0, 2).Draw(t, "reference"))
			prediction.Data[i] = uint16(rapid.IntRange(0, 1).Draw(t, "prediction"))
		}
		s := Measure(reference, prediction, Labels([]int{1}), 2, 2)[0]
		var inR, inP []int
		for i, v := range reference.Data {
			if v == 1 {
				inR = append(inR, i)
			}
			if v != 2 && prediction.Data[i] == 1 {
				inP = append(inP, i)
			}
		}
		if len(inR) == 0 || len(inP) == 0 {
			if !math.IsNaN(s.ASSD()) && !math.IsInf(s.ASSD(), 1) {
				t.Fatalf("empty mask: ASSD %v", s.ASSD())
			}
			return
		}
		there := pairDistances(g, outline(g, inR), outline(g, inP))
		if !slices.EqualFunc(s.ToPrediction, there, nearly) {
			t.Fatalf("surface distances: got %v, want %v", s.ToPrediction, there)
		}
		voxels := max(meanOf(pairDistances(g, inR, inP)), meanOf(pairDistances(g, inP, inR)))
		if got := s.AverageHausdorff(AVDVoxels); !nearly(got, voxels) {
			t.Fatalf("AVD: got %v, want %v", got, voxels)
		}
	})
}

func nearly(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(b) }

func meanOf(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// outline returns the voxels with a face neighbour outside.
func outline(g volume.Geometry, in []int) []int {
	var result []int
	for _, i := range in {
		at := [3]int{i / g.Shape[2] / g.Shape[1], i / g.Shape[2] % g.Shape[1], i % g.Shape[2]}
		surface := g.Voxels() == 1
		for axis, stride := range []int{g.Shape[1] * g.Shape[2], g.Shape[2], 1} {
			for _, step := range []int{-1, 1} {
				next := at[axis] + step
				outside := next < 0 || next >= g.Shape[axis] || !slices.Contains(in, i+step*stride)
				surface = surface || g.Shape[axis] > 1 && outside
			}
		}
		if surface {
			result = append(result, i)
		}
	}
	return result
}

// pairDistances returns the distance from every voxel of a to the nearest of b, ascending.
func pairDistances(g volume.Geometry, a, b []int) []float64 {
	var result []float64
	for _, i := range a {
		best := math.Inf(1)
		for _, k := range b {
			sum, p, q := 0.0, i, k
			for axis := 2; axis >= 0; axis-- {
				d := float64(p%g.Shape[axis]-q%g.Shape[axis]) * g.Spacing[axis]
				sum, p, q = sum+d*d, p/g.Shape[axis], q/g.Shape[axis]
			}
			best = min(best, math.Sqrt(sum))
		}
		result = append(result, best)
	}
	slices.Sort(result)
	return result
}

// organs returns two label maps with a bumpy ellipsoid that fills the image, slightly apart.
func organs(shape [3]int) (reference, prediction *volume.Labels) {
	g := volume.NewGeometry(shape, [3]float64{1.5, 0.8, 0.8})
	reference, prediction = volume.NewLabels(g), volume.NewLabels(g)
	i := 0
	for z := range shape[0] {
		for y := range shape[1] {
			for x := range shape[2] {
				u, v, w := 2*float64(z)/float64(shape[0])-1, 2*float64(y)/float64(shape[1])-1, 2*float64(x)/float64(shape[2])-1
				r := u*u + v*v + w*w + 0.1*math.Sin(20*u)*math.Sin(17*v+9*w)
				if r < 0.93 {
					reference.Data[i] = 1
				}
				if r+0.05*u < 0.91 {
					prediction.Data[i] = 1
				}
				i++
			}
		}
	}
	return reference, prediction
}

// BenchmarkMeasure measures two masks of a whole body scan; -short takes a smaller one. Near ones differ by
// some voxels, of the far ones one has only a part of the other.
func BenchmarkMeasure(b *testing.B) {
	shape := [3]int{300, 512, 512}
	if testing.Short() {
		shape = [3]int{75, 128, 128}
	}
	for _, name := range []string{"near", "far"} {
		reference, prediction := organs(shape)
		if name == "far" {
			for i := range prediction.Data {
				if i%shape[2] > shape[2]/4 {
					prediction.Data[i] = 0
				}
			}
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(reference.Data)))
			for b.Loop() {
				Measure(reference, prediction, Labels([]int{1}), NoIgnore, 2)
			}
		})
	}
}

// TestSpeedOfSurfaces holds the promise of docs/metrics.md on an image of 1/64 of the size, with room for
// a busy machine: two masks of 512x512x300 in under 3 s on two cores.
func TestSpeedOfSurfaces(t *testing.T) {
	reference, prediction := organs([3]int{75, 128, 128})
	best := time.Hour
	for range 5 {
		start := time.Now()
		Measure(reference, prediction, Labels([]int{1}), NoIgnore, 2)
		best = min(best, time.Since(start))
	}
	if limit := 4 * 3 * time.Second / 64; best > limit {
		t.Errorf("%v for 1/64 of a scan, want under %v", best, limit)
	}
}
