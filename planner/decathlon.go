package planner

import (
	"fmt"
	"math"
	"slices"

	"github.com/autoseg/autoseg/plans"
)

// The rules of this file are those of nnU-Net's entry to the Medical Segmentation Decathlon
// (Isensee et al., arXiv 1809.10486, sections 2.1 to 2.5; nnunet-2018.md). Where the paper is silent,
// v2's rule is used and the function says so.

// decathlonBase is a configuration that is known to fit: patches may be reshaped and batches grow as
// long as no more voxels are processed per step.
type decathlonBase struct {
	edge, batch int
	poolings    int // at most, per axis
}

var (
	decathlonBase2D = decathlonBase{edge: 256, batch: 42, poolings: 6}
	decathlonBase3D = decathlonBase{edge: 128, batch: 2, poolings: 5}
)

const (
	decathlonFeatures = 30 // doubled at every pooling, without a maximum
	decathlonCap      = 0.05
	// decathlonCascade: a cascade is worth while above that many times the voxels of one 3D batch.
	decathlonCascade = 4
)

func (b decathlonBase) patchVoxels(dimensions int) float64 {
	return math.Pow(float64(b.edge), float64(dimensions))
}

func decathlonBaseFor(dimensions int) decathlonBase {
	if dimensions == 2 {
		return decathlonBase2D
	}
	return decathlonBase3D
}

// decathlonSpacing is the median per axis, without a rule for anisotropy.
func decathlonSpacing(in *Input) ([3]float64, bool) { return perAxis(in.Spacings, halfway), false }

// decathlonStart returns the patch before poolings: the median image, or if that has more voxels than
// the base patch, the base patch in the aspect ratio of the median image. In 2D it is the median plane.
func decathlonStart(median []float64) []float64 {
	start := slices.Clone(median)
	limit := decathlonBase3D.patchVoxels(3)
	if len(median) == 2 || product(median) <= limit {
		return start
	}
	scale := math.Cbrt(limit / product(median))
	for i, n := range median {
		start[i] = math.Max(1, math.RoundToEven(n*scale))
	}
	return start
}

// decathlonPoolings pools an axis until its feature map is smaller than 8, which is what the paper
// says and what its networks have (128 is pooled 5 times, to 4; 20 twice, to 5).
func decathlonPoolings(size float64, most int) int {
	n := 0
	for size >= 8 && n < most {
		size = math.Ceil(size / 2)
		n++
	}
	return n
}

// decathlonTopology pools each axis individually. The paper does not say in which stages an axis with
// fewer poolings has them: in the deepest ones, as in nnU-Net's first release, so that a coarse axis
// is pooled when the others have come near its spacing. All kernels are 3.
func decathlonTopology(start []float64, most int) topology {
	d := len(start)
	counts := make([]int, d)
	for i, n := range start {
		counts[i] = decathlonPoolings(n, most)
	}
	deepest := slices.Max(counts)
	t := topology{divisor: slices.Repeat([]int{1}, d)}
	t.strides = append(t.strides, slices.Repeat([]int{1}, d))
	for p := range deepest {
		stride := slices.Repeat([]int{1}, d)
		for i, n := range counts {
			if n+p >= deepest {
				stride[i] = 2
				t.divisor[i] *= 2
			}
		}
		t.strides = append(t.strides, stride)
	}
	for range t.strides {
		t.kernels = append(t.kernels, slices.Repeat([]int{3}, d))
	}
	t.patch = roundUp(start, t.divisor)
	return t
}

// decathlonPatch rounds the start up to multiples and then takes multiples off the axis that covers
// most of the median image until the patch is within the base: in 3D the voxels of the base patch, in
// 2D half of the base batch, so that two patches fit (the paper does not say what happens to planes
// that large).
func decathlonPatch(start, median []float64) (t topology, shrunk int) {
	base := decathlonBaseFor(len(start))
	limit := base.patchVoxels(len(start))
	if len(start) == 2 {
		limit *= float64(base.batch) / minBatch
	}
	t = decathlonTopology(start, base.poolings)
	for productInts(t.patch) > limit {
		axis := largestShare(t.patch, median)
		smaller := floats(t.patch)
		smaller[axis] -= float64(t.divisor[axis])
		t = decathlonTopology(smaller, base.poolings)
		shrunk++
	}
	return t, shrunk
}

// decathlonStage decides one configuration.
func (r rules) decathlonStage(s stage) (stage, error) {
	d := len(s.spacing)
	if err := checkMedian(s.median); err != nil {
		return s, fmt.Errorf("plan %s: %w", s.name, err)
	}
	base := decathlonBaseFor(d)
	s.initial = decathlonStart(s.median)
	s.topology, s.shrunk = decathlonPatch(s.initial, s.median)
	patch := productInts(s.patch)
	s.budget = base.patchVoxels(d) * float64(base.batch)
	s.batchReference = int(s.budget / patch)
	s.batchCap = round(math.Min(s.voxels*decathlonCap/patch, math.MaxInt32))
	s.batch = batchSize(s.batchReference, s.batchCap)
	var err error
	s.architecture, err = architecture(r.network, s.topology, widths{decathlonFeatures, 1 << 20})
	return s, err
}

// decathlonLowres doubles the spacing until the median image has at most four times the voxels of one
// 3D batch; while the axes differ, the finer ones come first. Nil if that holds from the start.
func (r rules) decathlonLowres(in *Input, full stage) (*stage, error) {
	spacing := slices.Clone(full.spacing)
	var low *stage
	last := full
	for product(last.median) > decathlonCascade*productInts(last.patch)*float64(last.batch) {
		doubleFiner(spacing)
		median := make([]float64, len(spacing))
		voxels := float64(in.NumTraining)
		for i := range median {
			raw := full.spacing[i] / spacing[i] * full.median[i]
			median[i] = math.Max(1, math.RoundToEven(raw))
			voxels *= raw
		}
		s, err := r.decathlonStage(stage{name: "3d_lowres", spacing: slices.Clone(spacing), median: median, voxels: voxels})
		if err != nil {
			return nil, err
		}
		low, last = &s, s
	}
	return low, nil
}

// doubleFiner doubles the spacing of all axes, or while some are at least twice finer than the coarsest
// of those only.
func doubleFiner(spacing []float64) {
	coarsest := slices.Max(spacing)
	some := slices.ContainsFunc(spacing, func(s float64) bool { return coarsest/s >= 2 })
	for i, s := range spacing {
		if !some || coarsest/s >= 2 {
			spacing[i] = 2 * s
		}
	}
}

// planDecathlon plans by the rules of 2018.
func planDecathlon(in *Input, o Options) (*plans.Plans, error) {
	r := rules{planner: decathlon2018, plansName: "nnUNet2018Plans", network: "plain", cap: decathlonCap, ownsData: true}
	if o.Network != "" {
		r.network = o.Network
	}
	a := assembly{
		in: in, rules: r, geometry: geometryOf(in, o, decathlonSpacing),
		decide:        r.decathlonStage,
		lower:         func(full stage) (*stage, error) { return r.decathlonLowres(in, full) },
		configuration: func(s *stage) *plans.Configuration { return decathlonConfiguration(s, r, in) },
		// The paper sums over the voxels of patch and batch.
		sumsOverBatch: func(string, bool) bool { return true },
	}
	return a.plans(o)
}

// decathlonConfiguration differs from v2's in the labels' resampling, which is nearest neighbour, and
// in the mask rule, which is a quarter or more.
func decathlonConfiguration(s *stage, r rules, in *Input) *plans.Configuration {
	c := s.configuration(r, normalisations(in.Channels, in.RelativeSize <= maskThreshold))
	c.ResampleLabels.Order = 0
	return c
}
