package planner

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/plans"
)

// reasons writes the sentences that go with a plan.
type reasons struct {
	in       *Input
	rules    rules
	geometry geometry
	target   string // why the target spacing is what it is
	of       plans.Reasons
}

func (w *reasons) set(path, format string, args ...any) { w.of[path] = fmt.Sprintf(format, args...) }

func (w *reasons) dataset(o Options) {
	n := len(w.in.Shapes)
	w.set("planner", "%s", plannerSentence(w.rules))
	if w.rules.planner != decathlon2018 {
		w.set("memory_gb", "patch and batch are made for %s GB: %s feature voxels in 3D, %s in 2D",
			short(w.rules.memoryGB), count(w.rules.budget(3)), count(w.rules.budget(2)))
	}
	w.set("original_median_spacing_after_transp", "median over the %d cases, in mm", n)
	w.set("original_median_shape_after_transp", "median over the %d cases after cropping to the nonzero region, in voxels", n)
	w.set("transpose_forward", "the axis with the coarsest target spacing comes first (of equal ones the first): axis %d with %s mm; the others have %s and %s",
		w.geometry.forward[0], short(w.geometry.target[0]), short(w.geometry.target[1]), short(w.geometry.target[2]))
	w.set("foreground_intensity_properties_per_channel",
		"statistics of the voxels inside the training segmentations; CT channels are clipped to the percentiles 0.5 and 99.5 and z-scored with them")
	w.target = w.spacing(o)
}

func plannerSentence(r rules) string {
	switch r.planner {
	case decathlon2018:
		return "the rules of nnU-Net's entry to the Medical Segmentation Decathlon of 2018 (arXiv 1809.10486)"
	case "default":
		return "nnU-Net v2's default rules (ExperimentPlanner)"
	}
	return "nnU-Net v2's rules for residual encoders, with their own memory and share of the dataset per batch"
}

// spacing explains the target spacing; configurations quote it.
func (w *reasons) spacing(o Options) string {
	switch {
	case o.TargetSpacing != nil:
		return "given by the user in place of the median"
	case w.geometry.anisotropic:
		spread := column(w.in.Spacings, w.geometry.forward[0])
		return fmt.Sprintf("median per axis; but the first axis is more than 3 times coarser than the others with less than a third "+
			"of their voxels, so it gets the 10th percentile of its spacings instead of their median %s, to keep the slices of finer scans",
			short(median(spread)))
	}
	return fmt.Sprintf("median of the %d cases per axis", len(w.in.Shapes))
}

// configuration explains one planned stage; next names the cascade that follows it.
func (w *reasons) configuration(s *stage, next string) {
	at := "configurations." + s.name + "."
	w.spacingOf(s, at+"spacing")
	w.set(at+"median_image_size_in_voxels", "median of the shapes after cropping and resampling to spacing")
	w.set(at+"patch_size", "%s", w.patch(s))
	w.set(at+"batch_size", "%s", w.batch(s))
	w.set(at+"normalization_schemes", "%s", w.normalisation())
	w.set(at+"use_mask_for_norm", "cropping to nonzero keeps %s %% of the median case (below 75 %% a z-score uses the nonzero region only)",
		short(100*w.in.RelativeSize))
	w.set(at+"architecture", "%s", w.network(s))
	w.set(at+"batch_dice", "%s", batchDiceSentence(s.name, w.rules.planner))
	if next != "" {
		w.set(at+"next_stage", "its segmentation is an extra input of %s", next)
	}
}

func (w *reasons) spacingOf(s *stage, path string) {
	text := w.target
	switch s.name {
	case "2d":
		if w.geometry.anisotropic {
			text = fmt.Sprintf("median of the %d cases per axis", len(w.in.Shapes))
		}
		text += "; across the plane, slices keep their own spacing"
	case "3d_lowres":
		text = fmt.Sprintf("coarser than 3d_fullres (%s), until %s",
			list(w.geometry.target[:]), w.enough(s))
	}
	w.set(path, "%s", text)
}

// enough says what the low resolution was made coarse for.
func (w *reasons) enough(s *stage) string {
	image, patch := count(product(s.median)), count(productInts(s.patch))
	if w.rules.planner == decathlon2018 {
		return fmt.Sprintf("the median image has at most %d times the voxels of a batch: %s, against %d patches of %s",
			decathlonCascade, image, s.batch, patch)
	}
	return fmt.Sprintf("a patch covers a quarter of the median image: %s voxels of %s", patch, image)
}

func (w *reasons) patch(s *stage) string {
	text := fmt.Sprintf("starts from %s, %s; rounded up to multiples of %s, the product of the strides",
		list(s.initial), w.start(s), listInts(s.divisor))
	if s.shrunk > 0 {
		text += fmt.Sprintf("; made smaller %d times, always along the axis that covers most of the image, until it fit", s.shrunk)
	}
	if w.rules.planner == decathlon2018 {
		return text + fmt.Sprintf("; %s voxels", count(productInts(s.patch)))
	}
	return text + fmt.Sprintf("; %s feature voxels of at most %s", count(s.estimate), count(w.limit(s)))
}

// start explains the patch before it is made divisible and small enough.
func (w *reasons) start(s *stage) string {
	switch {
	case w.rules.planner != decathlon2018:
		return "the aspect ratio of the spacing limited to the median image " + list(s.median)
	case len(s.median) == 2:
		return "the median plane"
	case product(s.median) <= decathlonBase3D.patchVoxels(3):
		return "the median image, which has no more voxels than 128x128x128"
	}
	return "as many voxels as 128x128x128 in the aspect ratio of the median image " + list(s.median)
}

// limit returns the feature voxels above which the patch would have shrunk.
func (w *reasons) limit(s *stage) float64 {
	if w.rules.network == "residual" {
		return s.budget
	}
	return s.budget * float64(referenceBatch(len(s.spacing))) / 2
}

func (w *reasons) batch(s *stage) string {
	fits := "patches that the memory takes"
	if w.rules.planner == decathlon2018 {
		base := decathlonBaseFor(len(s.spacing))
		fits = fmt.Sprintf("patches that have the voxels of %d times %d^%d", base.batch, base.edge, len(s.spacing))
	}
	return fmt.Sprintf("the smaller of %d, the %s, and %d, which hold %s %% of the dataset's %s voxels; at least %d",
		s.batchReference, fits, s.batchCap, short(100*w.rules.cap), count(s.voxels), minBatch)
}

func (w *reasons) normalisation() string {
	var parts []string
	for _, c := range w.in.Channels {
		switch schemeFor(c) {
		case plans.CT:
			parts = append(parts, c+" has absolute units: clip to percentiles 0.5 and 99.5 of the foreground, then z-score with its mean and deviation")
		case plans.ZScore:
			parts = append(parts, c+" has no absolute unit: z-score per image")
		default:
			parts = append(parts, c+" names its scheme")
		}
	}
	return strings.Join(parts, "; ")
}

func (w *reasons) network(s *stage) string {
	text := fmt.Sprintf("%d stages; each axis is pooled while its feature map has at least %d voxels: %s times",
		s.architecture.Stages(), 2*minEdge, listInts(s.poolings()))
	if w.rules.planner == decathlon2018 {
		base := decathlonBaseFor(len(s.spacing))
		return text + fmt.Sprintf(", at most %d; features double from %d", base.poolings, s.architecture.Features[0])
	}
	return text + fmt.Sprintf("; axes whose spacing is twice the finest or more wait, with kernels of 1, until the others have caught up; features double from %d to at most %d",
		s.architecture.Features[0], slices.Max(s.architecture.Features))
}

func batchDiceSentence(configuration, planner string) string {
	switch {
	case planner == decathlon2018:
		return "the Dice of 2018 sums over the batch"
	case configuration == "2d":
		return "slices without foreground are common, so Dice sums over the batch"
	case configuration == "3d_lowres":
		return "patches of low resolution see most of an image, so Dice is taken per patch"
	}
	return "over the batch only where a low resolution stage exists, which means that patches see a small part of an image"
}

func (w *reasons) cascade() {
	at := "configurations.3d_cascade_fullres."
	w.set(at+"inherits_from", "same data, patch and network as 3d_fullres; the input gains one channel per foreground label")
	w.set(at+"previous_stage", "its segmentation, one-hot, is what the extra channels hold")
}

// short writes a number with at most four significant digits.
func short(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// count writes a number of voxels.
func count(v float64) string {
	if v >= 1e6 {
		return short(v/1e6) + " million"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func list(v []float64) string {
	parts := make([]string, len(v))
	for i, x := range v {
		parts[i] = strconv.FormatFloat(x, 'g', 6, 64)
	}
	return strings.Join(parts, "x")
}

func listInts(v []int) string {
	parts := make([]string, len(v))
	for i, x := range v {
		parts[i] = strconv.Itoa(x)
	}
	return strings.Join(parts, "x")
}
