package plans

// Plans is everything that was decided for one dataset: the facts that all configurations share, and
// the configurations. Spacings are in mm, shapes in voxels, slowest axis first.
type Plans struct {
	// Dataset is the dataset's name, for example Dataset004_Hippocampus.
	Dataset string
	// Name identifies the set of plans, for example nnUNetPlans.
	Name string
	// Planner names the rules that decided, in the words of the command line (default, resenc-m,
	// resenc-l, resenc-xl, decathlon-2018).
	Planner string
	// MemoryGB is the accelerator memory that patch and batch were made for.
	MemoryGB float64
	// Network is the family of every configuration's architecture unless it says otherwise.
	Network string
	// MedianSpacing is the median spacing of the dataset after transposition, in mm.
	MedianSpacing [3]float64
	// MedianShape is the median shape after cropping and transposition, in voxels.
	MedianShape [3]int
	// Reader is nnU-Net's name of the class that reads the images, for example SimpleITKIO.
	Reader string
	// TransposeForward gives the order of the file's axes (z, y, x) that every array is brought into;
	// TransposeBackward is the inverse permutation.
	TransposeForward, TransposeBackward [3]int
	// Intensities are the statistics of the foreground, one per channel.
	Intensities []Intensity
	// Configurations are in the order in which they are written.
	Configurations []*Configuration
	// Reasons says why the fields have their values; they become comments of the YAML form.
	Reasons Reasons

	file  string         // where the plans were read from, for messages
	lines map[string]int // line of every field there
	notes notes          // comments there
}

// Intensity holds the statistics of one channel over the foreground of all training cases.
type Intensity struct {
	Max, Mean, Median, Min, Percentile005, Percentile995, Std float64
}

// Configuration is one network with its data: 2d, 3d_fullres, 3d_lowres or 3d_cascade_fullres.
type Configuration struct {
	// Name is the configuration's name.
	Name string
	// InheritsFrom names the configuration whose values are used where this one is silent, or "".
	InheritsFrom string
	// DataIdentifier names the folder of preprocessed cases in nnU-Net's layout.
	DataIdentifier string
	// Preprocessor is nnU-Net's class name, DefaultPreprocessor.
	Preprocessor string
	// BatchSize is the number of patches of one training step.
	BatchSize int
	// PatchSize is the patch in voxels: two numbers in 2d, else three.
	PatchSize []int
	// MedianShape is the median shape of the resampled dataset, in voxels; it may be fractional.
	MedianShape []float64
	// Spacing is the target spacing in mm: two numbers in 2d, else three.
	Spacing []float64
	// Normalisation holds the scheme of every channel.
	Normalisation []Normalisation
	// ResampleData, ResampleLabels and ResampleProbabilities say how each kind of array is resampled.
	ResampleData, ResampleLabels, ResampleProbabilities Resampling
	// Architecture is the network.
	Architecture Architecture
	// BatchDice says whether the Dice loss sums over the batch before the ratio is taken.
	BatchDice bool
	// Loss is what training minimises; the zero value is nnU-Net's.
	Loss Loss
	// Optimiser and Schedule say how it is minimised; their zero values are nnU-Net's.
	Optimiser Optimiser `json:",omitzero"`
	Schedule  Schedule  `json:",omitzero"`
	// NextStage and PreviousStage link the two networks of a cascade.
	NextStage, PreviousStage string

	given map[string]bool // keys that the file has; nil if not read from a file
}

// Scheme names a way to normalise one channel.
type Scheme string

// The normalisation schemes. The values are nnU-Net's class names.
const (
	CT         Scheme = "CTNormalization"
	ZScore     Scheme = "ZScoreNormalization"
	None       Scheme = "NoNormalization"
	RescaleTo1 Scheme = "RescaleTo01Normalization"
	RGBTo1     Scheme = "RGBTo01Normalization"
)

// Normalisation is the treatment of one channel's intensities.
type Normalisation struct {
	Scheme Scheme
	// UseMask restricts a z-score to the nonzero region.
	UseMask bool
}

// Resampling says how an array is brought to another spacing.
type Resampling struct {
	// Function is nnU-Net's function name: resample_data_or_seg_to_shape,
	// resample_torch_fornnunet or no_resampling_hack.
	Function string
	// Order is the spline order in the plane or volume; OrderZ across slices where the axis of the
	// largest spacing is treated separately.
	Order, OrderZ int
	// ForceSeparateZ overrides the decision by anisotropy when it is not nil.
	ForceSeparateZ *bool
}

// Dimensions returns 2 or 3.
func (c *Configuration) Dimensions() int { return len(c.PatchSize) }
