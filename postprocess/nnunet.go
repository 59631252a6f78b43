package postprocess

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// nnunetKeepLargest is the only function that nnU-Net's post-processing uses.
const nnunetKeepLargest = "remove_all_but_largest_component_from_segmentation"

// nnunetArgument is what nnU-Net's function is called with: one label, or a list of them.
type nnunetArgument struct {
	Labels labelList `yaml:"labels_or_regions"`
}

type labelList []int

// UnmarshalYAML reads a number or a list.
func (l *labelList) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.SequenceNode {
		var label int
		err := node.Decode(&label)
		*l = labelList{label}
		return err
	}
	return node.Decode((*[]int)(l))
}

func nnunetRules(functions []string, arguments []nnunetArgument) (Rules, error) {
	if len(functions) != len(arguments) {
		return nil, fmt.Errorf("%d postprocessing_fns with %d postprocessing_kwargs", len(functions), len(arguments))
	}
	var r Rules
	for i, f := range functions {
		if f != nnunetKeepLargest {
			return nil, fmt.Errorf("unknown post-processing %q; known is %s", f, nnunetKeepLargest)
		}
		r = append(r, KeepLargest{arguments[i].Labels})
	}
	return r, r.Validate()
}
