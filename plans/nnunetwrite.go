package plans

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/autoseg/autoseg/internal/jsonx"
)

// WriteNNUNet writes the plan as nnU-Net's plans JSON: keys in its order, indent 4, numbers as Python
// writes them. What nnU-Net has no key for (memory, reasons) is left out.
func (p *Plans) WriteNNUNet(w io.Writer) error {
	text, err := jsonx.Marshal(p.nnunet(), jsonx.Layout{Indent: 4})
	if err != nil {
		return fmt.Errorf("plan of %s as nnU-Net JSON: %w", p.Dataset, err)
	}
	_, err = w.Write(text)
	return err
}

func (p *Plans) nnunet() *jsonx.Object {
	o := &jsonx.Object{}
	o.Set("dataset_name", p.Dataset)
	o.Set("plans_name", p.Name)
	o.Set("original_median_spacing_after_transp", p.MedianSpacing)
	o.Set("original_median_shape_after_transp", p.MedianShape)
	o.Set("image_reader_writer", p.Reader)
	o.Set("transpose_forward", p.TransposeForward)
	o.Set("transpose_backward", p.TransposeBackward)
	configurations := &jsonx.Object{}
	for _, c := range p.Configurations {
		configurations.Set(c.Name, c.nnunet(p.filled(c)))
	}
	o.Set("configurations", configurations)
	o.Set("experiment_planner_used", classOfPlanner(p.Planner))
	o.Set("label_manager", "LabelManager")
	intensities := &jsonx.Object{}
	for c, i := range p.Intensities {
		statistics := &jsonx.Object{}
		for _, s := range i.statistics() {
			statistics.Set(s.key, s.value)
		}
		intensities.Set(strconv.Itoa(c), statistics)
	}
	o.Set("foreground_intensity_properties_per_channel", intensities)
	return o
}

func (own *Configuration) nnunet(c *Configuration) *jsonx.Object {
	o := &jsonx.Object{}
	if own.InheritsFrom != "" {
		o.Set("inherits_from", own.InheritsFrom)
	}
	set := func(key string, value any) {
		if own.writes(key) {
			o.Set(key, value)
		}
	}
	set("data_identifier", c.DataIdentifier)
	set("preprocessor_name", c.Preprocessor)
	set("batch_size", c.BatchSize)
	set("patch_size", c.PatchSize)
	set("median_image_size_in_voxels", c.medianShape())
	set("spacing", c.Spacing)
	schemes, masks := make([]string, len(c.Normalisation)), make([]bool, len(c.Normalisation))
	for i, n := range c.Normalisation {
		schemes[i], masks[i] = string(n.Scheme), n.UseMask
	}
	set("normalization_schemes", schemes)
	set("use_mask_for_norm", masks)
	set("resampling_fn_data", c.ResampleData.Function)
	set("resampling_fn_seg", c.ResampleLabels.Function)
	set("resampling_fn_data_kwargs", c.ResampleData.arguments(false))
	set("resampling_fn_seg_kwargs", c.ResampleLabels.arguments(true))
	set("resampling_fn_probabilities", c.ResampleProbabilities.Function)
	set("resampling_fn_probabilities_kwargs", c.ResampleProbabilities.arguments(false))
	if own.writes("architecture") {
		o.Set("architecture", c.Architecture.nnunet())
	}
	set("batch_dice", c.BatchDice)
	if c.NextStage != "" {
		set("next_stage", c.NextStage)
	}
	if c.PreviousStage != "" {
		set("previous_stage", c.PreviousStage)
	}
	return o
}

// medianShape returns the median shape as nnU-Net writes it: rounded and therefore ints for the low
// resolution, floats elsewhere.
func (c *Configuration) medianShape() any {
	if c.Name != "3d_lowres" {
		return c.MedianShape
	}
	whole := make([]int, len(c.MedianShape))
	for i, v := range c.MedianShape {
		if v != math.Trunc(v) {
			return c.MedianShape
		}
		whole[i] = int(v)
	}
	return whole
}

// arguments returns the keyword arguments of nnU-Net's resampling function.
func (r Resampling) arguments(labels bool) *jsonx.Object {
	o := &jsonx.Object{}
	switch r.Function {
	case NoResampling:
		return o
	case TorchResampling:
		o.Set("is_seg", labels)
		o.Set("force_separate_z", optionalValue(r.ForceSeparateZ))
		o.Set("memefficient_seg_resampling", false)
		return o
	}
	o.Set("is_seg", labels)
	o.Set("order", r.Order)
	o.Set("order_z", r.OrderZ)
	o.Set("force_separate_z", optionalValue(r.ForceSeparateZ))
	return o
}

func optionalValue(v *bool) any {
	if v == nil {
		return nil
	}
	return *v
}

func (a *Architecture) nnunet() *jsonx.Object {
	class, ok := networkClasses[a.Family]
	if !ok {
		class = foreignClassPrefix + a.Family
	}
	o := &jsonx.Object{}
	o.Set("network_class_name", class)
	o.Set("arch_kwargs", a.arguments())
	o.Set("_kw_requires_import", []string{"conv_op", "norm_op", "dropout_op", "nonlin"})
	return o
}

func (a *Architecture) arguments() *jsonx.Object {
	o := &jsonx.Object{}
	o.Set("n_stages", a.Stages())
	o.Set("features_per_stage", a.Features)
	o.Set("conv_op", fmt.Sprintf("torch.nn.modules.conv.Conv%dd", a.Dimensions))
	o.Set("kernel_sizes", a.Kernels)
	o.Set("strides", a.Strides)
	o.Set(a.countsKey(), a.Convolutions)
	o.Set("n_conv_per_stage_decoder", a.DecoderConvolutions)
	o.Set("conv_bias", a.Bias)
	o.Set("norm_op", nil)
	o.Set("norm_op_kwargs", nil)
	if class, ok := normClasses[a.Norm.Kind]; ok {
		o.Set("norm_op", fmt.Sprintf(class, a.Dimensions))
		o.Set("norm_op_kwargs", object("eps", a.Norm.Epsilon, "affine", a.Norm.Affine))
	}
	o.Set("dropout_op", nil)
	o.Set("dropout_op_kwargs", nil)
	if a.Dropout > 0 {
		o.Set("dropout_op", fmt.Sprintf("torch.nn.modules.dropout.Dropout%dd", a.Dimensions))
		o.Set("dropout_op_kwargs", object("p", a.Dropout, "inplace", true))
	}
	o.Set("nonlin", activationClasses[a.Activation.Kind])
	o.Set("nonlin_kwargs", a.activationArguments())
	if len(a.Options) > 0 {
		o.Set("options", a.Options)
	}
	return o
}

// activationArguments leaves out a slope of 0.01, which is torch's default.
func (a *Architecture) activationArguments() *jsonx.Object {
	switch a.Activation.Kind {
	case LeakyReLU:
		if a.Activation.Slope != 0.01 {
			return object("negative_slope", a.Activation.Slope, "inplace", true)
		}
		return object("inplace", true)
	case ELU:
		if a.Activation.Alpha() != 1 {
			return object("alpha", a.Activation.Slope, "inplace", true)
		}
		return object("inplace", true)
	case ReLU:
		return object("inplace", true)
	case Maxout:
		return object("pieces", a.Activation.Width(1))
	}
	return &jsonx.Object{}
}

// object builds a JSON object from keys and values in turn.
func object(pairs ...any) *jsonx.Object {
	o := &jsonx.Object{}
	for i := 0; i+1 < len(pairs); i += 2 {
		o.Set(pairs[i].(string), pairs[i+1])
	}
	return o
}
