package plans

import "strings"

// Families are the networks by their names on the command line.
var Families = []string{"plain", "residual", "unet", "attention_unet", "unet_ct_dsv", "vnet", "fcn32s", "fcn16s", "fcn8s", "deconvnet"}

// Planners are the rule sets by their names on the command line.
var Planners = []string{"default", "resenc-m", "resenc-l", "resenc-xl", "decathlon-2018"}

// The normalisation layers and nonlinearities of an Architecture.
const (
	InstanceNorm = "instance"
	BatchNorm    = "batch"
	NoNorm       = "none"

	LeakyReLU = "leaky_relu"
	ReLU      = "relu"
	PReLU     = "prelu"
	ELU       = "elu"
	Sigmoid   = "sigmoid"
	Tanh      = "tanh"
	Maxout    = "maxout"
)

// Activations lists the kinds of an activation.
var Activations = []string{LeakyReLU, ReLU, PReLU, ELU, Sigmoid, Tanh, Maxout}

// The resampling functions, by nnU-Net's names.
const (
	// SplineResampling is spline interpolation as scikit-image does it.
	SplineResampling = "resample_data_or_seg_to_shape"
	// TorchResampling is linear interpolation as torch does it.
	TorchResampling = "resample_torch_fornnunet"
	// NoResampling leaves the array as it is.
	NoResampling = "no_resampling_hack"
)

// networkClasses maps the families that nnU-Net has to its classes.
var networkClasses = map[string]string{
	"plain":    "dynamic_network_architectures.architectures.unet.PlainConvUNet",
	"residual": "dynamic_network_architectures.architectures.unet.ResidualEncoderUNet",
}

// foreignClassPrefix stands before the family in the class name of a network that nnU-Net lacks.
const foreignClassPrefix = "autoseg."

// plannerClasses maps the rule sets to nnU-Net's planner classes.
var plannerClasses = map[string]string{
	"default":        "ExperimentPlanner",
	"resenc-m":       "nnUNetPlannerResEncM",
	"resenc-l":       "nnUNetPlannerResEncL",
	"resenc-xl":      "nnUNetPlannerResEncXL",
	"decathlon-2018": foreignClassPrefix + "decathlon-2018",
}

// plannerOfClass is the inverse of plannerClasses; a class that we do not know keeps its name.
func plannerOfClass(class string) string {
	for planner, name := range plannerClasses {
		if name == class {
			return planner
		}
	}
	return class
}

func classOfPlanner(planner string) string {
	if class, ok := plannerClasses[planner]; ok {
		return class
	}
	return planner
}

// normClasses and activationClasses hold torch's classes; %d is the number of dimensions.
var normClasses = map[string]string{
	InstanceNorm: "torch.nn.modules.instancenorm.InstanceNorm%dd",
	BatchNorm:    "torch.nn.modules.batchnorm.BatchNorm%dd",
}

var activationClasses = map[string]string{
	LeakyReLU: "torch.nn.LeakyReLU",
	ReLU:      "torch.nn.ReLU",
	PReLU:     "torch.nn.PReLU",
	ELU:       "torch.nn.ELU",
	Sigmoid:   "torch.nn.Sigmoid",
	Tanh:      "torch.nn.Tanh",
	Maxout:    foreignClassPrefix + "Maxout",
}

// normOfClass finds the kind in a class name such as torch.nn.modules.instancenorm.InstanceNorm3d; an
// unknown class is returned as it is, for Validate to name.
func normOfClass(class string) string {
	last := class[strings.LastIndexByte(class, '.')+1:]
	switch {
	case class == "":
		return NoNorm
	case strings.HasPrefix(last, "InstanceNorm"):
		return InstanceNorm
	case strings.HasPrefix(last, "BatchNorm"):
		return BatchNorm
	}
	return class
}

// activationArguments are the arguments of torch's activation classes.
type activationArguments struct {
	slope, alpha float64
	pieces       int
}

// activationOfClass finds the kind in a class name such as torch.nn.modules.activation.LeakyReLU.
func activationOfClass(class string, given activationArguments) Activation {
	last := class[strings.LastIndexByte(class, '.')+1:]
	for kind, name := range activationClasses {
		if name[strings.LastIndexByte(name, '.')+1:] != last {
			continue
		}
		switch kind {
		case LeakyReLU:
			return Activation{Kind: kind, Slope: given.slope}
		case ELU:
			return Activation{Kind: kind, Slope: given.alpha}
		case Maxout:
			return Activation{Kind: kind, Pieces: given.pieces}
		}
		return Activation{Kind: kind}
	}
	return Activation{Kind: class}
}
