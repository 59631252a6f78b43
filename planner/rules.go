package planner

import "strconv"

// rules holds the numbers in which nnU-Net's planners differ (nnunet-data.md 4.1; upstream the class
// attributes of ExperimentPlanner, ResEncUNetPlanner and nnUNetPlannerResEnc{M,L,XL}).
type rules struct {
	planner string
	// plansName names the plans, and the folder of low resolution data.
	plansName string
	network   string
	memoryGB  float64 // planned for unless told otherwise
	// cap is the largest share of the dataset's voxels in one batch.
	cap float64
	// budget2D and budget3D are the feature voxels that fit into budgetGB.
	budget2D, budget3D, budgetGB float64
	// ownsData: preprocessed data go into a folder of the plans' own name. The residual presets share
	// the default planner's folders, except for 3d_lowres, whose spacing depends on the patch.
	ownsData bool
}

const decathlon2018 = "decathlon-2018"

// ruleSets maps planners to their numbers. The networks of other families are budgeted like plain.
var ruleSets = map[string]rules{
	"default": {planner: "default", plansName: "nnUNetPlans", network: "plain", memoryGB: 8, cap: 0.05,
		budget2D: 85e6, budget3D: 560e6, budgetGB: 8, ownsData: true},
	"resenc-m": {planner: "resenc-m", plansName: "nnUNetResEncUNetMPlans", network: "residual", memoryGB: 8, cap: 1,
		budget2D: 135e6, budget3D: 680e6, budgetGB: 8},
	"resenc-l": {planner: "resenc-l", plansName: "nnUNetResEncUNetLPlans", network: "residual", memoryGB: 24, cap: 1,
		budget2D: 380e6, budget3D: 2100e6, budgetGB: 24},
	"resenc-xl": {planner: "resenc-xl", plansName: "nnUNetResEncUNetXLPlans", network: "residual", memoryGB: 40, cap: 1,
		budget2D: 560e6, budget3D: 3600e6, budgetGB: 40},
}

// resEncPlanner is upstream's ResEncUNetPlanner: what the default planner becomes with the residual
// network.
var resEncPlanner = rules{planner: "ResEncUNetPlanner", plansName: "nnUNetResEncUNetPlans", network: "residual", memoryGB: 8,
	cap: 0.05, budget2D: 135e6, budget3D: 680e6, budgetGB: 8}

// rulesFor returns the rules for options that are valid.
func rulesFor(o Options) rules {
	planner := o.Planner
	if planner == "" {
		planner = "default"
	}
	r := ruleSets[planner]
	switch {
	case o.Network == "" || o.Network == r.network:
	case planner == "default" && o.Network == "residual":
		r = resEncPlanner
	default:
		r.network = o.Network
		plain := ruleSets["default"]
		r.budget2D, r.budget3D, r.budgetGB = plain.budget2D, plain.budget3D, plain.budgetGB
	}
	return r.withMemory(o.MemoryGB)
}

// withMemory plans for another memory and says so in the plans' name, so that their preprocessed data
// do not land in the folder of the usual plans.
func (r rules) withMemory(gb float64) rules {
	if gb != 0 && gb != r.memoryGB {
		r.memoryGB = gb
		r.plansName += "_" + strconv.FormatFloat(gb, 'g', -1, 64) + "G"
	}
	return r
}

// Constants that all of nnU-Net's planners share.
const (
	baseFeatures        = 32
	maxFeatures2D       = 512
	maxFeatures3D       = 320
	minEdge             = 4 // of a feature map, in voxels
	referenceBatch2D    = 12
	referenceBatch3D    = 2
	minBatch            = 2
	anisotropy          = 3.0
	lowresThreshold     = 0.25
	lowresSpacingFactor = 1.03
	convolutionsPlain   = 2
)

// residualBlocks counts the blocks per encoder stage of the residual encoder; deeper stages repeat the
// last number.
var residualBlocks = []int{1, 3, 4, 6}

// budget returns the feature voxels that a network of the given dimensions may have.
func (r rules) budget(dimensions int) float64 {
	reference := r.budget3D
	if dimensions == 2 {
		reference = r.budget2D
	}
	return reference * (r.memoryGB / r.budgetGB)
}

func maxFeatures(dimensions int) int {
	if dimensions == 2 {
		return maxFeatures2D
	}
	return maxFeatures3D
}

func referenceBatch(dimensions int) int {
	if dimensions == 2 {
		return referenceBatch2D
	}
	return referenceBatch3D
}

// dataIdentifier names the folder of preprocessed data (nnunet-data.md 4.7).
func (r rules) dataIdentifier(configuration string) string {
	if !r.ownsData && configuration != "3d_lowres" {
		return "nnUNetPlans_" + configuration
	}
	return r.plansName + "_" + configuration
}
