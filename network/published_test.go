package network

import (
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/plans"
)

// build builds a config's network in a graph, without a single weight.
func build(t *testing.T, c *Config, extent ...int) *Model {
	t.Helper()
	a, err := c.Architecture()
	if err != nil {
		t.Fatal(err)
	}
	g := engine.NewGraph(engine.Float32)
	m, err := Build(g, a, g.Input("input", append(engine.Shape{1, c.InChannels}, extent...)), c.Classes)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func zero() *int { return new(int) }

func one() *int { n := 1; return &n }

// TestPublishedCounts holds the parameters at published width of architectures.md and its chapters 2.6,
// 3.3, 4.4, 5.4, 6.1 and 6.3, and the reduced widths of chapter 9.
func TestPublishedCounts(t *testing.T) {
	half := []int{32, 64, 128, 256, 256}
	for name, c := range map[string]struct {
		config Config
		want   int
	}{
		"FCN-32s":                   {Config{Network: "fcn32s"}, 134346581},
		"FCN-16s":                   {Config{Network: "fcn16s"}, 134357354},
		"FCN-8s":                    {Config{Network: "fcn8s"}, 134362751},
		"FCN-8s as published":       {Config{Network: "fcn8s", Padding: "original"}, 134362751},
		"FCN-8s, half":              {Config{Network: "fcn8s", Widths: half, Head: 2048}, 33619807},
		"DeconvNet":                 {Config{Network: "deconvnet"}, 251805653},
		"DeconvNet, half":           {Config{Network: "deconvnet", Widths: half, Head: 2048}, 62964725},
		"U-Net":                     {Config{Network: "unet"}, 31030658},
		"U-Net with batch norm":     {Config{Network: "unet", NormKind: plans.BatchNorm}, 31042434},
		"U-Net, half":               {Config{Network: "unet", Widths: []int{32, 64, 128, 256, 512}}, 7759554},
		"V-Net, paper":              {Config{Network: "vnet"}, 65175314},
		"V-Net, release":            {Config{Network: "vnet", Convs: []int{1, 1, 2, 3, 3}, Output: "release"}, 61982682},
		"V-Net, half":               {Config{Network: "vnet", Widths: []int{8, 16, 32, 64, 128}}, 16296074},
		"3D U-Net":                  {Config{Network: "unet_ct_dsv"}, 5888004},
		"3D U-Net, wide":            {Config{Network: "unet_ct_dsv", Widths: []int{21, 42, 85, 170, 341}}, 10403190},
		"Attention U-Net":           {Config{Network: "attention_unet"}, 6407018},
		"Attention U-Net, release":  {Config{Network: "attention_unet", GatingBlock: true}, 6473322},
		"Attention U-Net, one gate": {Config{Network: "attention_unet", Gates: one(), GatingBlock: true}, 6214151},
		"Attention U-Net, no gates": {Config{Network: "attention_unet", Gates: zero()}, 5888004},
		"FCN-8s preset, quarter":    {Config{Network: "fcn8s", Classes: 3, Widths: []int{16, 32, 64, 128, 128}, Head: 512, HeadKernel: PerAxis{3}}, 1775897},
	} {
		t.Run(name, func(t *testing.T) {
			extent := []int{224, 224}
			switch {
			case c.config.Network == "unet":
				extent = []int{572, 572}
			case c.config.Network[0] == 'v' || c.config.Network == "unet_ct_dsv" || c.config.Network == "attention_unet":
				extent = []int{64, 64, 64}
			}
			if m := build(t, &c.config, extent...); m.Count() != c.want {
				t.Errorf("%d parameters, want %d", m.Count(), c.want)
			}
		})
	}
}

// TestPublishedSizes holds the sizes of the papers: a U-Net's 388 of 572, an FCN's whole image of any size.
func TestPublishedSizes(t *testing.T) {
	for name, c := range map[string]struct {
		config  Config
		in, out []int
		margin  int
	}{
		"U-Net":        {Config{Network: "unet"}, []int{572, 572}, []int{388, 388}, 92},
		"U-Net small":  {Config{Network: "unet"}, []int{188, 204}, []int{4, 20}, 92},
		"U-Net 3":      {Config{Network: "unet", Widths: []int{2, 4, 8}}, []int{44, 48}, []int{4, 8}, 20},
		"FCN-32s":      {Config{Network: "fcn32s", Padding: "original"}, []int{500, 375}, []int{500, 375}, 0},
		"FCN-16s":      {Config{Network: "fcn16s", Padding: "original"}, []int{101, 64}, []int{101, 64}, 0},
		"FCN-8s":       {Config{Network: "fcn8s", Padding: "original"}, []int{33, 250}, []int{33, 250}, 0},
		"FCN aligned":  {Config{Network: "fcn8s"}, []int{33, 250}, []int{33, 250}, 0},
		"FCN-8s in 3D": {Config{Network: "fcn8s", Dims: 3, Widths: []int{2, 2, 3}, Head: 4, HeadKernel: PerAxis{3}}, []int{9, 20, 33}, []int{9, 20, 33}, 0},
	} {
		m := build(t, &c.config, c.in...)
		got := m.Outputs[0].Shape()
		for i, n := range c.out {
			if got[2+i] != n || m.Margin()[i] != c.margin {
				t.Errorf("%s: output %v with margin %v, want %v and %d", name, got, m.Margin(), c.out, c.margin)
			}
		}
	}
}

// TestRefusedInputs checks that every family says what is wrong with an input's extent.
func TestRefusedInputs(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		in     []int
		want   string
	}{
		"U-Net":        {Config{Network: "unet"}, []int{572, 570}, "extent 570 along axis 1 does not fit an unpadded U-Net; the next one that does is 572"},
		"padded U-Net": {Config{Network: "unet", Padding: "same"}, []int{64, 65}, "extent 65 along axis 1 is not a multiple of 16"},
		"DeconvNet":    {Config{Network: "deconvnet"}, []int{224, 256}, "extent is 256 along axis 1, but the head's kernel [7 7] makes one cell of 224 only"},
		"V-Net":        {Config{Network: "vnet"}, []int{16, 16, 24}, "extent 24 along axis 2 is not a multiple of 16"},
		"dimensions":   {Config{Network: "vnet"}, []int{16, 16}, "has 3 dimensions, its input has shape [1 1 16 16]"},
		"empty":        {Config{Network: "fcn8s"}, []int{16, 0}, "extent is 0 along axis 1"},
	} {
		a, err := c.config.Architecture()
		if err != nil {
			t.Fatal(err)
		}
		g := engine.NewGraph(engine.Float32)
		shape := append(engine.Shape{1, c.config.InChannels}, c.in...)
		x := g.Input("input", append(shape[:len(shape)-1:len(shape)-1], max(1, shape[len(shape)-1])))
		if name == "empty" {
			if err := families[a.Family].check(a, c.in); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error %v, want %q", name, err, c.want)
			}
			continue
		}
		if _, err := Build(g, a, x, 2); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func TestConfigRefusals(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no JSON":       {`{`, "network config"},
		"unknown word":  {`{"network": "unet", "depth": 4}`, `unknown field "depth"`},
		"unknown name":  {`{"network": "segnet"}`, `network "segnet" is not known`},
		"skips":         {`{"network": "fcn", "skips": 3}`, "skips is 3"},
		"strides":       {`{"network": "unet", "widths": [2, 4], "strides": [2, 2]}`, "strides has 2 entries, want 1 for 2 widths"},
		"axes":          {`{"network": "unet", "widths": [2, 4], "strides": [[2, 2, 2]]}`, "[2 2 2] is no stride or kernel for 2 axes"},
		"dimensions":    {`{"network": "unet", "dims": 4}`, "want at least one in 2 or 3"},
		"width of zero": {`{"network": "vnet", "widths": [2, 0]}`, "must be at least 1"},
	} {
		config, err := ReadConfig([]byte(c.text))
		if err == nil {
			_, err = config.Architecture()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add([]byte(`{"config": {"network": "fcn", "skips": 1, "widths": [4, 8], "head_kernel": [2, 3]}}`))
	f.Add([]byte(`{"network": "vnet", "dims": 3, "convs": [1], "widths": [3], "dec_convs": []}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ReadConfig(text)
		if err != nil {
			return
		}
		a, err := c.Architecture()
		if err != nil {
			return
		}
		if _, known := families[a.Family]; !known || a.Stages() != len(a.Strides) || a.Stages() != len(a.Kernels) || a.Stages() != len(a.Convolutions) {
			t.Errorf("%s became %+v", text, a)
		}
	})
}
