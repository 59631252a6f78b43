package evaluate

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/volume"
)

func writeBytes(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCompareOptions(t *testing.T) {
	g := volume.NewGeometry([3]int{1, 3, 4}, [3]float64{1, 1, 1}) // diagonal √(1+9+16)
	none, some := volume.NewLabels(g), volume.NewLabels(g)
	some.Data[5] = 1
	with := func(change func(*Options)) Options {
		s := DefaultSurface()
		o := Options{Classes: Labels([]int{1}), Ignore: NoIgnore, Surface: &s}
		change(&o)
		return o
	}
	nan, inf := math.NaN(), math.Inf(1)
	for name, test := range map[string]struct {
		o                     Options
		reference, prediction *volume.Labels
		dice, hd, surfaceDice float64
	}{
		"both empty, default":   {with(func(*Options) {}), none, none, nan, nan, nan},
		"both empty, perfect":   {with(func(o *Options) { o.BothEmpty = Perfect }), none, none, 1, 0, 1},
		"missed, default":       {with(func(*Options) {}), some, none, 0, inf, 0},
		"missed, diagonal":      {with(func(o *Options) { o.Surface.Missed = ImageDiagonal }), some, none, 0, math.Sqrt(26), 0},
		"both empty, diagonal":  {with(func(o *Options) { o.Surface.Missed = ImageDiagonal }), none, none, nan, nan, nan},
		"found, perfect option": {with(func(o *Options) { o.BothEmpty = Perfect }), some, some, 1, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			v := Compare(test.reference, test.prediction, test.o)["1"]
			if !equal(v["Dice"], test.dice) || !equal(v["HD"], test.hd) || !equal(v["SurfaceDice"], test.surfaceDice) {
				t.Errorf("got Dice %v, HD %v, surface Dice %v, want %v, %v, %v", v["Dice"], v["HD"], v["SurfaceDice"], test.dice, test.hd, test.surfaceDice)
			}
			if !equal(v["S2S"], v["ASSD"]) {
				t.Errorf("S2S %v is not ASSD %v", v["S2S"], v["ASSD"])
			}
		})
	}
}

func TestValidate(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"tolerance":  {func(o *Options) { o.Surface.Tolerance = -1 }, "tolerance -1 mm"},
		"NaN":        {func(o *Options) { o.Surface.Tolerance = math.NaN() }, "tolerance NaN mm"},
		"AVD":        {func(o *Options) { o.Surface.AVD = "mean" }, `form "mean"`},
		"missed":     {func(o *Options) { o.Surface.Missed = "zero" }, `missed "zero"`},
		"both empty": {func(o *Options) { o.BothEmpty = "one" }, `both empty "one"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := DefaultSurface()
			o := Options{Surface: &s}
			if err := o.Validate(); err != nil {
				t.Fatalf("defaults: %v", err)
			}
			test.change(&o)
			if err := o.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestFolderWithSurfaces(t *testing.T) {
	dir := golden.Shared(t, "golden", "eval", "metrics")
	o := DefaultSurface()
	s, err := Folder(context.Background(), filepath.Join(dir, "ref"), filepath.Join(dir, "pred"),
		Options{Classes: Labels([]int{1, 2}), Ignore: NoIgnore, Formats: formats(), Workers: 2, Surface: &o})
	if err != nil {
		t.Fatal(err)
	}
	// README of golden/eval: class 2 is missed in case_1, a false positive in case_2, absent in case_3.
	for id, want := range map[string]float64{"case_1": math.Inf(1), "case_2": math.Inf(1), "case_3": math.NaN()} {
		for _, c := range s.Cases {
			if c.ID == id && !equal(c.Metrics["2"]["HD95"], want) {
				t.Errorf("%s: HD95 %v, want %v", id, c.Metrics["2"]["HD95"], want)
			}
		}
	}
	s.Describe(1)
	if got := s.Statistics["2"]["HD"]; got.Cases != 3 || got.Infinite != 2 || !math.IsInf(got.Mean, 1) || math.IsInf(got.MeanFinite, 0) {
		t.Errorf("statistics of HD of class 2: %+v", got)
	}
}
