package plans

import (
	"fmt"
	"strings"
)

// DeepSupervisionOption is the option that asks for logits of every resolution in training, each with a
// loss of its own. It is on for plain and residual and off for unet and vnet unless it is given.
const DeepSupervisionOption = "deep_supervision"

// DeepSupervision reports whether the network gives the logits of every resolution.
func (a *Architecture) DeepSupervision() bool {
	if on, given := a.Options[DeepSupervisionOption].(bool); given {
		return on
	}
	return a.Family == "plain" || a.Family == "residual"
}

// CheckSupervision says why the network cannot have the deep supervision that its options ask for.
func (a *Architecture) CheckSupervision() error {
	value, given := a.Options[DeepSupervisionOption]
	if !given {
		return nil
	}
	on, truth := value.(bool)
	switch {
	case !truth:
		return fmt.Errorf("deep_supervision is %v; want true or false", value)
	case !on:
		return nil
	case strings.HasPrefix(a.Family, "fcn") || a.Family == "deconvnet":
		return fmt.Errorf("deep_supervision: %s scores a single resolution, so there is nothing else to supervise; leave the option out", a.Family)
	case a.Family == "unet_ct_dsv" || a.Family == "attention_unet":
		return fmt.Errorf("deep_supervision: %s merges the scores of all resolutions into its one output, as published, and is supervised through them; leave the option out", a.Family)
	case a.Family == "unet" && a.Options["padding"] == "valid":
		return fmt.Errorf("deep_supervision: the coarser scores of an unpadded U-Net lie on grids that no target has; set padding: same, or leave the option out")
	}
	return nil
}
