package plans

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// nnunet reads nnU-Net's plans JSON: version 2.5 and later with an architecture entry, and the flat
// layout before it. Keys that we do not know are left alone.
func (d *decoder) nnunet(n *yaml.Node) *Plans {
	p := &Plans{}
	d.object(n, "", append(d.shared(p),
		field{"experiment_planner_used", func(n *yaml.Node, path string) {
			if class, ok := d.text(n, path); ok {
				p.Planner = plannerOfClass(class)
			}
		}},
		field{"configurations", func(n *yaml.Node, path string) { p.Configurations = d.nnunetConfigurations(n, path) }},
	))
	for _, c := range p.Configurations {
		if p.Network == "" {
			p.Network = c.Architecture.Family
		}
	}
	return p
}

func (d *decoder) nnunetConfigurations(n *yaml.Node, path string) []*Configuration {
	var all []*Configuration
	nodes := map[string]*yaml.Node{}
	for key, value := range d.pairs(n, path) {
		nodes[key.Value] = value
	}
	for key, value := range d.pairs(n, path) {
		d.lines[join(path, key.Value)] = key.Line
		c := d.nnunetConfiguration(value, join(path, key.Value), key.Value)
		d.flat(nodes, value, join(path, key.Value), c)
		all = append(all, c)
	}
	return all
}

func (d *decoder) nnunetConfiguration(n *yaml.Node, path, name string) *Configuration {
	c, channels := &Configuration{Name: name}, channelLists{}
	fields := append(d.sharedConfiguration(c, &channels),
		field{"resampling_fn_data", into(&c.ResampleData.Function, d.text)},
		field{"resampling_fn_seg", into(&c.ResampleLabels.Function, d.text)},
		field{"resampling_fn_probabilities", into(&c.ResampleProbabilities.Function, d.text)},
		field{"resampling_fn_data_kwargs", d.resamplingArguments(&c.ResampleData)},
		field{"resampling_fn_seg_kwargs", d.resamplingArguments(&c.ResampleLabels)},
		field{"resampling_fn_probabilities_kwargs", d.resamplingArguments(&c.ResampleProbabilities)},
		field{"architecture", func(n *yaml.Node, path string) { d.nnunetArchitecture(n, path, c) }},
	)
	c.given = d.object(n, path, fields)
	c.Normalisation = d.normalisation(path, channels)
	return c
}

// resamplingArguments reads the keyword arguments of nnU-Net's resampling functions; order 3 is the
// default of resample_data_or_seg_to_shape.
func (d *decoder) resamplingArguments(r *Resampling) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		r.Order = 3
		d.object(n, path, []field{
			{"order", into(&r.Order, d.integer)},
			{"order_z", into(&r.OrderZ, d.integer)},
			{"force_separate_z", d.optionalTruth(&r.ForceSeparateZ)},
		})
	}
}

// nnunetArchitecture reads network_class_name and the keyword arguments of the class. Numbers that
// stand for all stages or all axes are spread out.
func (d *decoder) nnunetArchitecture(n *yaml.Node, path string, c *Configuration) {
	a := &c.Architecture
	var class string
	var arguments *yaml.Node
	d.object(n, path, []field{
		{"network_class_name", into(&class, d.text)},
		{"arch_kwargs", func(n *yaml.Node, path string) { arguments = n }},
	})
	if arguments == nil {
		d.fail(n, path, "has no arch_kwargs; want the arguments of the network class")
		return
	}
	a.Family = d.familyOfClass(n, join(path, "network_class_name"), class)
	*a = d.architectureArguments(arguments, join(path, "arch_kwargs"), *a)
	for field, line := range d.lines { // the checks across fields know no arch_kwargs
		if rest, ok := strings.CutPrefix(field, path+".arch_kwargs."); ok {
			d.lines[join(path, rest)] = line
		}
	}
}

func (d *decoder) familyOfClass(n *yaml.Node, path, class string) string {
	last := class[strings.LastIndexByte(class, '.')+1:]
	for family, name := range networkClasses {
		if name[strings.LastIndexByte(name, '.')+1:] == last {
			return family
		}
	}
	if family, ok := strings.CutPrefix(class, foreignClassPrefix); ok && slices.Contains(Families, family) {
		return family
	}
	d.fail(n, path, "is %q; autoseg has PlainConvUNet, ResidualEncoderUNet and its own %s", class, foreignClassPrefix+"…")
	return ""
}

func (d *decoder) architectureArguments(n *yaml.Node, path string, a Architecture) Architecture {
	stages := 0
	var normOp, nonlin string
	dropoutOp, affine := false, (*bool)(nil)
	arguments := activationArguments{slope: 0.01} // torch's default
	var nodes struct{ features, kernels, strides, convolutions, decoder *yaml.Node }
	keep := func(target **yaml.Node) func(*yaml.Node, string) {
		return func(n *yaml.Node, _ string) { *target = n }
	}
	d.object(n, path, []field{
		{"n_stages", into(&stages, d.integer)},
		{"features_per_stage", keep(&nodes.features)},
		{"conv_op", func(n *yaml.Node, path string) { a.Dimensions = d.dimensions(n, path) }},
		{"kernel_sizes", keep(&nodes.kernels)},
		{"strides", keep(&nodes.strides)},
		{"n_conv_per_stage", keep(&nodes.convolutions)},
		{"n_blocks_per_stage", keep(&nodes.convolutions)},
		{"n_conv_per_stage_decoder", keep(&nodes.decoder)},
		{"conv_bias", into(&a.Bias, d.truth)},
		{"norm_op", into(&normOp, d.text)},
		{"norm_op_kwargs", d.normArguments(&a.Norm, &affine)},
		{"dropout_op", func(n *yaml.Node, _ string) { dropoutOp = n.Tag != "!!null" }},
		{"dropout_op_kwargs", d.dropoutArguments(&a.Dropout)},
		{"nonlin", into(&nonlin, d.text)},
		{"nonlin_kwargs", d.activationArguments(&arguments)},
		{"options", func(n *yaml.Node, path string) { a.Options = d.options(n, path) }},
		{"stem_channels", d.unsupported}, {"block", d.unsupported}, {"nonlin_first", d.unsupported},
	})
	a.Norm.Kind = normOfClass(normOp)
	if a.Norm.Affine = a.Norm.Kind == BatchNorm; affine != nil { // torch's defaults
		a.Norm.Affine = *affine
	}
	if !dropoutOp { // nnU-Net adds no layer then, whatever its arguments say
		a.Dropout = 0
	}
	a.Activation = activationOfClass(nonlin, arguments)
	if stages < 1 || stages > 64 {
		d.fail(n, join(path, "n_stages"), "is %d; want a number from 1 to 64", stages)
		return a
	}
	a.Features = d.perStage(nodes.features, join(path, "features_per_stage"), stages)
	a.Kernels = d.perStageAndAxis(nodes.kernels, join(path, "kernel_sizes"), stages, a.Dimensions)
	a.Strides = d.perStageAndAxis(nodes.strides, join(path, "strides"), stages, a.Dimensions)
	a.Convolutions = d.perStage(nodes.convolutions, join(path, "n_conv_per_stage"), stages)
	a.DecoderConvolutions = d.perStage(nodes.decoder, join(path, "n_conv_per_stage_decoder"), stages-1)
	return a
}

// dimensions reads torch.nn.modules.conv.Conv3d and its kin.
func (d *decoder) dimensions(n *yaml.Node, path string) int {
	class, ok := d.text(n, path)
	switch {
	case !ok:
	case strings.HasSuffix(class, "Conv2d"):
		return 2
	case strings.HasSuffix(class, "Conv3d"):
		return 3
	default:
		d.fail(n, path, "is %q; want a class that ends in Conv2d or Conv3d", class)
	}
	return 0
}

// unsupported refuses an argument that would make another network. Null and false are its default, and
// BasicBlockD is the block that the residual network has.
func (d *decoder) unsupported(n *yaml.Node, path string) {
	if n.Tag == "!!null" || n.Value == "false" || strings.HasSuffix(n.Value, ".BasicBlockD") {
		return
	}
	d.fail(n, path, "is %s; autoseg has only the network without it", describe(n))
}

func (d *decoder) normArguments(norm *Norm, affine **bool) func(*yaml.Node, string) {
	norm.Epsilon = 1e-5 // torch's default
	return func(n *yaml.Node, path string) {
		if n.Tag != "!!null" {
			d.object(n, path, []field{{"eps", into(&norm.Epsilon, d.number)}, {"affine", func(n *yaml.Node, path string) {
				if v, ok := d.truth(n, path); ok {
					*affine = &v
				}
			}}})
		}
	}
}

func (d *decoder) dropoutArguments(p *float64) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Tag != "!!null" {
			d.object(n, path, []field{{"p", into(p, d.number)}})
		}
	}
}

func (d *decoder) activationArguments(a *activationArguments) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Tag != "!!null" {
			d.object(n, path, []field{{"negative_slope", into(&a.slope, d.number)}, {"alpha", into(&a.alpha, d.number)},
				{"pieces", into(&a.pieces, d.integer)}})
		}
	}
}

// perStage reads a list of numbers, or one number for all stages.
func (d *decoder) perStage(n *yaml.Node, path string, stages int) []int {
	if n == nil || n.Tag == "!!null" {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		v, _ := d.integer(n, path)
		return slices.Repeat([]int{v}, stages)
	}
	v, _ := d.integers(n, path)
	return v
}

// perStageAndAxis reads lists of numbers, where one number may stand for all axes or all stages.
func (d *decoder) perStageAndAxis(n *yaml.Node, path string, stages, axes int) [][]int {
	if n == nil || n.Tag == "!!null" {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		v := make([][]int, stages)
		for s := range v {
			v[s] = d.perStage(n, path, axes)
		}
		return v
	}
	v, _ := list(d, n, path, func(n *yaml.Node, path string) ([]int, bool) { return d.perStage(n, path, axes), true })
	return v
}
