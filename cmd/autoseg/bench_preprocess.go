package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/autoseg/autoseg/volume"
	"github.com/spf13/cobra"
)

// resamplingSpeed is what bench preprocess measures.
type resamplingSpeed struct {
	Seconds   float64 `json:"s"`
	Branch    string  `json:"branch"`
	MVoxelsPS float64 `json:"mvoxels_per_s"`
	Shape     [3]int  `json:"shape"`
	To        [3]int  `json:"to"`
	Threads   int     `json:"threads"`
}

func newBenchPreprocessCommand(a *app) *cobra.Command {
	var shape, to []int
	var separate bool
	c := &cobra.Command{
		Use:   "preprocess",
		Short: "Resample a volume with cubic splines, the most expensive step of preprocessing",
		Example: examples(
			"autoseg bench preprocess --shape 100,512,512 --to 150,400,400",
			"autoseg bench preprocess --shape 100,512,512 --to 150,400,400 --separate-z --json"),
		Args: arguments(),
		RunE: func(*cobra.Command, []string) error {
			speed := resamplingSpeed{Branch: "iso", Threads: a.threads()}
			var err error
			if speed.Shape, err = shapeFlag("--shape", shape); err != nil {
				return err
			}
			if speed.To, err = shapeFlag("--to", to); err != nil {
				return err
			}
			r := volume.Resampling{Order: volume.Cubic, Workers: speed.Threads}
			if separate {
				speed.Branch, r.Across = "separate_z", volume.AxisZ
			}
			speed.measure(r)
			return printResamplingSpeed(a, speed)
		},
	}
	flags := c.Flags()
	flags.IntSliceVar(&shape, "shape", []int{100, 512, 512}, "voxels before, `Z,Y,X`")
	flags.IntSliceVar(&to, "to", []int{150, 400, 400}, "voxels after, `Z,Y,X`")
	flags.BoolVar(&separate, "separate-z", false, "resample slice by slice, as for anisotropic images")
	return c
}

// shapeFlag checks a flag that names a shape.
func shapeFlag(name string, values []int) ([3]int, error) {
	if len(values) != 3 || slices.Min(values) < 1 {
		return [3]int{}, usagef("%s %v: want three positive numbers of voxels, Z,Y,X", name, values)
	}
	return [3]int(values), nil
}

// measure takes the median of five runs on noise.
func (s *resamplingSpeed) measure(r volume.Resampling) {
	rng := rand.New(rand.NewPCG(0, 0))
	src := volume.NewImage(volume.NewGeometry(s.Shape, [3]float64{1, 1, 1}), 1)
	for i := range src.Data {
		src.Data[i] = float32(rng.NormFloat64())
	}
	var seconds []float64
	for range 5 {
		runtime.GC()
		started := time.Now()
		dst := volume.NewImage(volume.NewGeometry(s.To, [3]float64{1, 1, 1}), 1)
		volume.Resample(dst.Channel(0), src.Channel(0), r)
		seconds = append(seconds, time.Since(started).Seconds())
	}
	slices.Sort(seconds)
	s.Seconds = seconds[len(seconds)/2]
	s.MVoxelsPS = float64(s.To[0]*s.To[1]*s.To[2]) / 1e6 / s.Seconds
}

func printResamplingSpeed(a *app, s resamplingSpeed) error {
	if a.flags.json {
		return a.printJSON(s)
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %v to %v in %.3f s, %.0f million voxels per second with %d threads\n",
		s.Branch, s.Shape, s.To, s.Seconds, s.MVoxelsPS, s.Threads)
	return err
}
