package volume

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
)

// unitCase is one call of nnU-Net's resample_data_or_seg.
type unitCase struct {
	Name     string `json:"name"`
	NewShape [3]int `json:"new_shape"`
	IsSeg    bool   `json:"is_seg"`
	Order    Order  `json:"order"`
	Separate bool   `json:"do_separate_z"`
	Axis     int    `json:"axis"`
	OrderZ   Order  `json:"order_z"`
}

func (c unitCase) resampling(workers int) Resampling {
	r := Resampling{Order: c.Order, AcrossOrder: c.OrderZ, Workers: workers}
	if c.Separate {
		r.Across = AxisZ + Axis(c.Axis)
	}
	return r
}

func unitCases(t *testing.T) (string, []unitCase) {
	dir := golden.Shared(t, "golden", "preprocess", "resample_unit")
	text, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []unitCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	return dir, cases
}

func TestResampleEqualsNnunet(t *testing.T) {
	dir, cases := unitCases(t)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			in := golden.Npy(t, filepath.Join(dir, c.Name+"_in.npy"))
			want := golden.Npy(t, filepath.Join(dir, c.Name+"_out.npy"))
			voxels := len(in.Data) / in.Shape[0]
			shape := [3]int(in.Shape[1:])
			var got []float32
			for channel := range in.Shape[0] {
				part := in.Data[channel*voxels : (channel+1)*voxels]
				if c.IsSeg {
					got = append(got, floats(resampleLabelsOf(part, shape, c))...)
					continue
				}
				dst := make([]float32, c.NewShape[0]*c.NewShape[1]*c.NewShape[2])
				Resample(NewGrid(c.NewShape, dst), NewGrid(shape, singles(part)), c.resampling(2))
				got = append(got, dst...)
			}
			tolerance := 1e-5
			if c.IsSeg {
				tolerance = 0
			}
			golden.Close(t, c.Name, got, want, tolerance)
			t.Logf("largest difference %g", golden.LargestDifference(got, want))
		})
	}
}

func resampleLabelsOf(values []float64, shape [3]int, c unitCase) []int16 {
	src := make([]int16, len(values))
	for i, v := range values {
		src[i] = int16(v)
	}
	dst := make([]int16, c.NewShape[0]*c.NewShape[1]*c.NewShape[2])
	ResampleLabels(NewGrid(c.NewShape, dst), NewGrid(shape, src), c.resampling(2))
	return dst
}

func floats(values []int16) []float32 {
	r := make([]float32, len(values))
	for i, v := range values {
		r[i] = float32(v)
	}
	return r
}

func singles(values []float64) []float32 {
	r := make([]float32, len(values))
	for i, v := range values {
		r[i] = float32(v)
	}
	return r
}

// The vectors are those of the reference, computed with scipy.
func TestCubicVector(t *testing.T) {
	line := []float32{0, 1, 4, 9, 16, 25, 2}
	var b bundle
	b.resize(7)
	load(&b, lines[float32]{data: line, along: 1}, 7, 1)
	b.prefilter()
	for i, want := range []float64{-0.0131037723, 0.0489039441, -0.1825120039, 0.6811440717, 3.4579357172,
		9.4871130596, 12.5936120443, 36.1384387633, -7.1473670975, 4.4510296266, 1.3432485909} {
		if got := b.rows[i][0]; math.Abs(got-want) > 1e-9 {
			t.Errorf("coefficient %d: got %.10f, want %.10f", i-2, got, want)
		}
	}
	for name, want := range map[string][]float64{
		"upwards":   {0, 0.3621798991, 1.5183290822, 3.7838883564, 7.2663685719, 10.5866631639, 16.6900129489, 25, 15.6402222035, 0.2017470049},
		"downwards": {0.2027322872, 4.573772213, 14.4863620848, 10.7306754139},
	} {
		t.Run(name, func(t *testing.T) {
			for axis := range 3 {
				from, to := [3]int{1, 1, 1}, [3]int{1, 1, 1}
				from[axis], to[axis] = 7, len(want)
				got := make([]float32, len(want))
				Resample(NewGrid(to, got), NewGrid(from, line), Resampling{Order: Cubic})
				for k, w := range want {
					if math.Abs(float64(got[k])-w) > 2e-6 {
						t.Errorf("axis %d, sample %d: got %g, want %g", axis, k, got[k], w)
					}
				}
			}
		})
	}
}

// resamplings are all ways to resample, for tests of what holds for each of them.
func resamplings() map[string]Resampling {
	return map[string]Resampling{
		"nearest":       {Order: Nearest},
		"linear":        {Order: Linear},
		"linear half":   {Order: Linear, Precision: Half},
		"cubic":         {Order: Cubic},
		"cubic half":    {Order: Cubic, Precision: Half},
		"slices":        {Order: Cubic, Across: AxisZ},
		"slices y":      {Order: Cubic, Across: AxisY},
		"slices linear": {Order: Linear, Across: AxisX, AcrossOrder: Linear},
		"planes z":      {Order: Linear, Across: AxisZ},
		"planes y":      {Order: Linear, Across: AxisY, Precision: Half},
		"planes x":      {Order: Linear, Across: AxisX, AcrossOrder: NearestExact},
		"planes 0":      {Order: Nearest, Across: AxisX, AcrossOrder: NearestExact},
		"slices cubic":  {Order: Linear, Across: AxisZ, AcrossOrder: Cubic},
	}
}

func noise(shape [3]int, seed uint64) Grid[float32] {
	rng := rand.New(rand.NewPCG(seed, 1))
	data := make([]float32, shape[0]*shape[1]*shape[2])
	for i := range data {
		data[i] = float32(rng.NormFloat64())
	}
	return NewGrid(shape, data)
}

func TestResampleSameBitsForAnyWorkersAndView(t *testing.T) {
	for name, r := range resamplings() {
		t.Run(name, func(t *testing.T) {
			for _, to := range [][3]int{{9, 40, 21}, {30, 8, 37}, {11, 19, 37}, {17, 19, 23}, {1, 50, 1}} {
				from := noise([3]int{11, 19, 37}, 7)
				want := make([]float32, to[0]*to[1]*to[2])
				Resample(NewGrid(to, want), from, r)
				for _, workers := range []int{2, 5} {
					r.Workers = workers
					got := make([]float32, len(want))
					Resample(NewGrid(to, got), from, r)
					if !slices.Equal(got, want) {
						t.Fatalf("%v with %d workers differs from one worker", to, workers)
					}
				}
				// The same voxels in another memory order, inside of a bigger array.
				whole := NewGrid([3]int{40, 13, 21}, make([]float32, 40*13*21))
				view := whole.Crop(Box{Start: [3]int{2, 1, 1}, End: [3]int{39, 12, 20}}).Permute([3]int{1, 2, 0})
				CopyGrid(view, from)
				got := make([]float32, len(want))
				Resample(NewGrid(to, got), view, r)
				tolerance := 1e-6
				if r.Precision == Half {
					tolerance = 2e-3 // one step of half precision below 4
				}
				for i := range got {
					if math.Abs(float64(got[i]-want[i])) > tolerance {
						t.Fatalf("%v from a view: voxel %d is %g, want %g", to, i, got[i], want[i])
					}
				}
			}
		})
	}
}

func TestResampleSliceEqualsResample(t *testing.T) {
	for name, r := range resamplings() {
		if !r.Sliceable() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			from := noise([3]int{11, 19, 37}, 3)
			for _, to := range [][3]int{{9, 40, 21}, {30, 8, 37}, {11, 19, 23}, {11, 19, 37}} {
				want, got := NewGrid(to, make([]float32, to[0]*to[1]*to[2])), NewGrid(to, make([]float32, to[0]*to[1]*to[2]))
				Resample(want, from, r)
				var scratch SliceScratch
				for z := range to[0] {
					ResampleSlice(got.slice(z), from, to, z, r, &scratch)
				}
				if !slices.Equal(got.Data, want.Data) {
					t.Errorf("%v differs", to)
				}
			}
		})
	}
}

// Blocks are filtered over an overlap, so that where they end changes no bit of the float32 result.
func TestCubicBlocksJoinWithoutSeam(t *testing.T) {
	from := noise([3]int{5, 300, 20}, 9)
	for _, to := range [][3]int{{8, 410, 31}, {3, 190, 17}, {8, 300, 31}} {
		whole := NewGrid(to, make([]float32, to[0]*to[1]*to[2]))
		cubicBlocks(whole, from, valueRange(from), to[1], Resampling{Workers: 2})
		for _, rows := range []int{1, 16, 100} {
			got := NewGrid(to, make([]float32, to[0]*to[1]*to[2]))
			cubicBlocks(got, from, valueRange(from), rows, Resampling{Workers: 2})
			if !slices.Equal(got.Data, whole.Data) {
				t.Errorf("%v in blocks of %d rows differs", to, rows)
			}
		}
	}
}

// PyTorch keeps the label with the largest share, nnU-Net's own rule needs one half.
func TestTorchLabels(t *testing.T) {
	src := NewGrid([3]int{1, 2, 2}, []int16{1, 2, 3, 3})
	got, torch := make([]int16, 1), make([]int16, 1)
	one := [3]int{1, 1, 1}
	ResampleLabels(NewGrid(one, got), src, Resampling{Order: Linear})
	ResampleLabelsTorch(NewGrid(one, torch), src, Resampling{Order: Linear})
	if got[0] != 3 || torch[0] != 3 {
		t.Errorf("half of the voxels are 3, got %d and %d", got[0], torch[0])
	}
	src.Data[3] = 4
	ResampleLabels(NewGrid(one, got), src, Resampling{Order: Linear})
	ResampleLabelsTorch(NewGrid(one, torch), src, Resampling{Order: Linear})
	if got[0] != 0 || torch[0] != 1 {
		t.Errorf("four labels of a quarter each: got %d, want 0; got %d, want the lowest, 1", got[0], torch[0])
	}
	wide := make([]int16, 3)
	ResampleLabelsTorch(NewGrid([3]int{3, 1, 1}, wide), NewGrid([3]int{6, 1, 1}, []int16{0, 1, 2, 3, 4, 5}),
		Resampling{Order: Linear, Across: AxisZ, AcrossOrder: NearestExact})
	if !slices.Equal(wide, []int16{1, 3, 5}) {
		t.Errorf("nearest-exact of six slices: got %v, want [1 3 5]", wide)
	}
}

func TestCopyGridOfAnyPermutation(t *testing.T) {
	from := noise([3]int{40, 33, 70}, 5)
	for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		view := from.Permute(order)
		got := NewGrid(view.Shape, make([]float32, view.Voxels()))
		CopyGrid(got, view)
		if want := view.Copy(make([]float32, view.Voxels())); !slices.Equal(got.Data, want) {
			t.Errorf("order %v differs", order)
		}
	}
}

func TestResampleOneVoxel(t *testing.T) {
	for name, r := range resamplings() {
		t.Run(name, func(t *testing.T) {
			got := make([]float32, 2*3*4)
			Resample(NewGrid([3]int{2, 3, 4}, got), NewGrid([3]int{1, 1, 1}, []float32{2.5}), r)
			for i, v := range got {
				if v != 2.5 {
					t.Errorf("voxel %d: got %g, want 2.5", i, v)
				}
			}
		})
	}
}

// softMask interpolates the 0/1 mask of one label at one voxel, corner by corner as the definition
// says.
func softMask(src Grid[int16], label int16, z, y, x linearTap) float64 {
	sum := 0.0
	for corner := range 8 {
		v, w := [3]int{z.low, y.low, x.low}, [3]float64{z.weightLow, y.weightLow, x.weightLow}
		if corner&4 != 0 {
			v[0], w[0] = z.high, z.weightHigh
		}
		if corner&2 != 0 {
			v[1], w[1] = y.high, y.weightHigh
		}
		if corner&1 != 0 {
			v[2], w[2] = x.high, x.weightHigh
		}
		if src.At(v[0], v[1], v[2]) == label {
			product := w[0] * w[1] * w[2]
			sum += product
		}
	}
	return sum
}

func TestLabelsEqualDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		from := [3]int{1 + rng.IntN(6), 1 + rng.IntN(7), 1 + rng.IntN(8)}
		to := [3]int{1 + rng.IntN(12), 1 + rng.IntN(12), 1 + rng.IntN(12)}
		if from == to {
			continue
		}
		src := NewGrid(from, make([]int16, from[0]*from[1]*from[2]))
		for i := range src.Data {
			src.Data[i] = int16(rng.IntN(4)) - 1
		}
		got := NewGrid(to, make([]int16, to[0]*to[1]*to[2]))
		ResampleLabels(got, src, Resampling{Order: Linear, Workers: 2})
		zs, ys, xs := linearTaps(from[0], to[0]), linearTaps(from[1], to[1]), linearTaps(from[2], to[2])
		for z := range zs {
			for y := range ys {
				for x := range xs {
					var want int16
					for label := int16(-1); label < 3; label++ {
						if softMask(src, label, zs[z], ys[y], xs[x]) >= 0.5 {
							want = label
						}
					}
					if got.At(z, y, x) != want {
						t.Fatalf("%v to %v, voxel (%d, %d, %d): got %d, want %d", from, to, z, y, x, got.At(z, y, x), want)
					}
				}
			}
		}
	}
}

func BenchmarkResample(b *testing.B) {
	for name, r := range map[string]Resampling{
		"cubic":  {Order: Cubic, Workers: 2},
		"slices": {Order: Cubic, Across: AxisZ, Workers: 2},
		"linear": {Order: Linear, Workers: 2},
	} {
		b.Run(name, func(b *testing.B) {
			src, to := noise([3]int{50, 256, 256}, 1), [3]int{75, 200, 200}
			dst := NewGrid(to, make([]float32, to[0]*to[1]*to[2]))
			b.SetBytes(int64(4 * dst.Voxels()))
			for b.Loop() {
				Resample(dst, src, r)
			}
		})
	}
	b.Run("labels", func(b *testing.B) {
		shape, to := [3]int{50, 256, 256}, [3]int{75, 200, 200}
		src := NewGrid(shape, make([]int16, shape[0]*shape[1]*shape[2]))
		for i := range src.Data {
			src.Data[i] = int16(i/4000) % 3
		}
		dst := NewGrid(to, make([]int16, to[0]*to[1]*to[2]))
		b.SetBytes(int64(2 * dst.Voxels()))
		for b.Loop() {
			ResampleLabels(dst, src, Resampling{Order: Linear, Workers: 2})
		}
	})
}
