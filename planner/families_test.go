package planner

import (
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/plans"
	"pgregory.net/rapid"
)

// TestEveryNetworkIsPlanned plans each family under each rule set: the plan is valid, within its
// budget, and survives both file forms.
func TestEveryNetworkIsPlanned(t *testing.T) {
	for _, family := range plans.Families {
		for _, planner := range plans.Planners {
			t.Run(family+" "+planner, func(t *testing.T) {
				p := plan(t, vectorB(), Options{Planner: planner, Network: family})
				for _, name := range p.Names() {
					c := configuration(t, p, name)
					if c.Architecture.Family != family {
						t.Errorf("%s is %s", name, c.Architecture.Family)
					}
					size := network.Footprint(c.Architecture, c.PatchSize, 1, 4)
					if size.Parameters <= 0 || size.FeatureVoxels <= 0 {
						t.Errorf("%s: size %+v", name, size)
					}
				}
				text, err := p.YAML()
				if err != nil {
					t.Fatal(err)
				}
				q, err := plans.Parse("plan.yaml", text)
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range p.Names() {
					a, b := configuration(t, p, name).Architecture, configuration(t, q, name).Architecture
					if a.Family != b.Family || !slices.Equal(a.Features, b.Features) || len(a.Options) != len(b.Options) {
						t.Errorf("%s: %+v became %+v", name, a, b)
					}
				}
			})
		}
	}
}

func TestFamilies(t *testing.T) {
	// 40x56x40, 3 poolings, 4 stages: features 32 64 128 256.
	for name, c := range map[string]struct {
		family   string
		features []int
		kernels  string
		counts   []int
		decoder  []int
	}{
		"unet":             {"unet", []int{32, 64, 128, 256}, "333 333 333 333", []int{2, 2, 2, 2}, []int{2, 2, 2}},
		"vnet, half":       {"vnet", []int{16, 32, 64, 128}, "555 555 555 555", []int{1, 2, 3, 3}, []int{3, 2, 1}},
		"fcn8s, head":      {"fcn8s", []int{32, 64, 128, 512}, "333 333 333 333", []int{2, 2, 2, 2}, nil},
		"deconvnet, cell":  {"deconvnet", []int{32, 64, 128, 512}, "333 333 333 575", []int{2, 2, 2, 2}, []int{2, 2, 2}},
		"attention_unet":   {"attention_unet", []int{32, 64, 128, 256}, "333 333 333 333", []int{2, 2, 2, 2}, []int{2, 2, 2}},
		"residual encoder": {"residual", []int{32, 64, 128, 256}, "333 333 333 333", []int{1, 3, 4, 6}, []int{1, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got := configuration(t, plan(t, vectorA(), Options{Network: c.family}), "3d_fullres")
			stages(t, name, got, "111 222 222 222", c.kernels)
			a := got.Architecture
			if !slices.Equal(a.Features, c.features) || !slices.Equal(a.Convolutions, c.counts) || !slices.Equal(a.DecoderConvolutions, c.decoder) {
				t.Errorf("features %v, counts %v, decoder %v; want %v, %v, %v", a.Features, a.Convolutions, a.DecoderConvolutions, c.features, c.counts, c.decoder)
			}
		})
	}
	quarter := configuration(t, plan(t, vectorA(), Options{Network: "vnet", MemoryGB: 4}), "3d_fullres")
	if f := quarter.Architecture.Features; !slices.Equal(f, []int{8, 16, 32, 64}) {
		t.Errorf("V-Net at 4 GB has features %v, want a quarter", f)
	}
}

// TestAnyDataset plans random datasets: every plan is valid, and the batch never exceeds its share
// unless it is the smallest.
func TestAnyDataset(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		in := emptyDataset(rapid.IntRange(2, 40).Draw(r, "labels"))
		for range rapid.IntRange(1, 8).Draw(r, "cases") {
			var spacing [3]float64
			var shape [3]int
			for i := range 3 {
				spacing[i] = rapid.Float64Range(0.2, 12).Draw(r, "spacing")
				shape[i] = rapid.IntRange(1, 700).Draw(r, "shape")
			}
			in = cases(in, 1, spacing, shape)
		}
		o := Options{Planner: rapid.SampledFrom(plans.Planners).Draw(r, "planner"), Network: rapid.SampledFrom(plans.Families).Draw(r, "network")}
		if o.Planner != decathlon2018 {
			o.MemoryGB = rapid.SampledFrom([]float64{2, 4, 8, 11, 24, 80}).Draw(r, "memory")
		}
		p, err := Plan(in, o)
		if err != nil {
			if !fault.IsInput(err) && !strings.Contains(err.Error(), "median image") && !strings.Contains(err.Error(), "pooled even once") &&
				!strings.Contains(err.Error(), "memory") {
				r.Fatalf("%v", err)
			}
			return
		}
		if err := p.Validate(); err != nil {
			r.Fatalf("invalid plan: %v", err)
		}
	})
}

func TestBadInput(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*Input)
		want  string
	}{
		"no cases":       {func(in *Input) { in.Shapes, in.Spacings = nil, nil }, "no cases"},
		"spacing 0":      {func(in *Input) { in.Spacings[3][1] = 0 }, "case 3"},
		"shape 0":        {func(in *Input) { in.Shapes[2][0] = 0 }, "case 2"},
		"channels":       {func(in *Input) { in.Channels = append(in.Channels, "T2") }, "names 2"},
		"one label":      {func(in *Input) { in.LabelEntries = 1 }, "1 labels"},
		"numTraining":    {func(in *Input) { in.NumTraining = 0 }, "numTraining is 0"},
		"missing shapes": {func(in *Input) { in.Shapes = in.Shapes[:5] }, "5 shapes and 260 spacings"},
	} {
		in := vectorA()
		c.spoil(&in)
		if _, err := Plan(in, Options{}); err == nil || !fault.IsInput(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want bad input with %q", name, err, c.want)
		}
	}
	for _, o := range []Options{{Planner: "defualt"}, {Network: "segnet"}, {MemoryGB: -1}, {TargetSpacing: &[3]float64{0, 1, 1}}} {
		if _, err := Plan(vectorA(), o); !fault.IsInput(err) {
			t.Errorf("%+v: got %v, want bad input", o, err)
		}
	}
}

// BenchmarkPlan measures the promise that planning takes less than 50 ms.
func BenchmarkPlan(b *testing.B) {
	in := vectorC()
	for _, planner := range plans.Planners {
		b.Run(planner, func(b *testing.B) {
			for b.Loop() {
				plan(b, in, Options{Planner: planner})
			}
		})
	}
}
