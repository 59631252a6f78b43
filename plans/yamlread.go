package plans

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// Format is the first line's value of every plan.yaml; it changes when old programs could
// misunderstand a new file.
const Format = "autoseg-plan/1"

// plan reads our YAML. Keys are nnU-Net's wherever nnU-Net has one, so that one vocabulary serves
// both files.
func (d *decoder) plan(n *yaml.Node) *Plans {
	p := &Plans{}
	d.object(n, "", append(d.shared(p),
		field{"format", d.format},
		field{"planner", into(&p.Planner, d.text)},
		field{"memory_gb", into(&p.MemoryGB, d.number)},
		field{"network", into(&p.Network, d.text)},
		field{"configurations", func(n *yaml.Node, path string) {
			for key, value := range d.pairs(n, path) {
				d.lines[join(path, key.Value)] = key.Line
				p.Configurations = append(p.Configurations, d.configuration(value, join(path, key.Value), key.Value))
			}
		}},
	))
	return p
}

// shared lists the keys that both file formats have.
func (d *decoder) shared(p *Plans) []field {
	return []field{
		{"dataset_name", into(&p.Dataset, d.text)},
		{"plans_name", into(&p.Name, d.text)},
		{"original_median_spacing_after_transp", intoArray(d, &p.MedianSpacing, d.number)},
		{"original_median_shape_after_transp", intoArray(d, &p.MedianShape, d.integer)},
		{"image_reader_writer", into(&p.Reader, d.text)},
		{"transpose_forward", intoArray(d, &p.TransposeForward, d.integer)},
		{"transpose_backward", intoArray(d, &p.TransposeBackward, d.integer)},
		{"foreground_intensity_properties_per_channel", func(n *yaml.Node, path string) {
			p.Intensities = d.intensities(n, path)
		}},
	}
}

func (d *decoder) format(n *yaml.Node, path string) {
	if text, ok := d.text(n, path); ok && text != Format {
		d.fail(n, path, "is %q; this program reads %s", text, Format)
	}
}

// intensities reads the statistics, keyed by channel number from "0".
func (d *decoder) intensities(n *yaml.Node, path string) []Intensity {
	all := map[string]Intensity{}
	for key, value := range d.pairs(n, path) {
		d.lines[join(path, key.Value)] = key.Line
		var i Intensity
		d.object(value, join(path, key.Value), []field{
			{"max", into(&i.Max, d.number)},
			{"mean", into(&i.Mean, d.number)},
			{"median", into(&i.Median, d.number)},
			{"min", into(&i.Min, d.number)},
			{"percentile_00_5", into(&i.Percentile005, d.number)},
			{"percentile_99_5", into(&i.Percentile995, d.number)},
			{"std", into(&i.Std, d.number)},
		})
		all[key.Value] = i
	}
	ordered := make([]Intensity, len(all))
	for c := range ordered {
		i, ok := all[fmt.Sprint(c)]
		if !ok {
			d.fail(n, path, "has no entry for channel %d; channels are numbered from 0 without gaps", c)
		}
		ordered[c] = i
	}
	return ordered
}

func (d *decoder) configuration(n *yaml.Node, path, name string) *Configuration {
	c, channels := &Configuration{Name: name}, channelLists{}
	fields := append(d.sharedConfiguration(c, &channels),
		field{"resampling_data", d.resampling(&c.ResampleData, Resampling{Function: SplineResampling, Order: 3})},
		field{"resampling_seg", d.resampling(&c.ResampleLabels, Resampling{Function: SplineResampling, Order: 1})},
		field{"resampling_probabilities", d.resampling(&c.ResampleProbabilities, Resampling{Function: SplineResampling, Order: 1})},
		field{"architecture", func(n *yaml.Node, path string) { d.architecture(n, path, &c.Architecture) }},
		field{"loss", func(n *yaml.Node, path string) { c.Loss = d.loss(n, path) }},
		field{"optimizer", func(n *yaml.Node, path string) { c.Optimiser = d.optimiser(n, path) }},
		field{"schedule", func(n *yaml.Node, path string) { c.Schedule = d.schedule(n, path) }},
	)
	c.given = d.object(n, path, fields)
	c.Normalisation = d.normalisation(path, channels)
	return c
}

// channelLists holds the two lists with one entry per channel as they stand in the file.
type channelLists struct {
	schemes []string
	masks   []bool
}

// sharedConfiguration lists the keys of a configuration that both file formats have.
func (d *decoder) sharedConfiguration(c *Configuration, channels *channelLists) []field {
	return []field{
		{"inherits_from", into(&c.InheritsFrom, d.text)},
		{"data_identifier", into(&c.DataIdentifier, d.text)},
		{"preprocessor_name", into(&c.Preprocessor, d.text)},
		{"batch_size", into(&c.BatchSize, d.integer)},
		{"patch_size", intoList(d, &c.PatchSize, d.integer)},
		{"median_image_size_in_voxels", intoList(d, &c.MedianShape, d.number)},
		{"spacing", intoList(d, &c.Spacing, d.number)},
		{"normalization_schemes", intoList(d, &channels.schemes, d.text)},
		{"use_mask_for_norm", intoList(d, &channels.masks, d.truth)},
		{"batch_dice", into(&c.BatchDice, d.truth)},
		{"next_stage", into(&c.NextStage, d.text)},
		{"previous_stage", into(&c.PreviousStage, d.text)},
	}
}

// normalisation joins the two lists of the file into one entry per channel.
func (d *decoder) normalisation(path string, channels channelLists) []Normalisation {
	schemes, masks := channels.schemes, channels.masks
	if schemes != nil && masks != nil && len(schemes) != len(masks) {
		at := join(path, "use_mask_for_norm")
		d.fail(&yaml.Node{Line: d.lines[at]}, at, "has %d entries and normalization_schemes %d; want one per channel in both",
			len(masks), len(schemes))
		return nil
	}
	if schemes == nil && masks == nil {
		return nil
	}
	all := make([]Normalisation, max(len(schemes), len(masks)))
	for i, s := range schemes {
		all[i].Scheme = Scheme(s)
	}
	for i, m := range masks {
		all[i].UseMask = m
	}
	return all
}

// resampling reads one entry; keys that are absent keep the value of usual.
func (d *decoder) resampling(r *Resampling, usual Resampling) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		*r = usual
		d.object(n, path, []field{
			{"function", into(&r.Function, d.text)},
			{"order", into(&r.Order, d.integer)},
			{"order_z", into(&r.OrderZ, d.integer)},
			{"force_separate_z", d.optionalTruth(&r.ForceSeparateZ)},
		})
	}
}

func (d *decoder) optionalTruth(target **bool) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Tag == "!!null" {
			return
		}
		if v, ok := d.truth(n, path); ok {
			*target = &v
		}
	}
}

func (d *decoder) architecture(n *yaml.Node, path string, a *Architecture) {
	d.object(n, path, []field{
		{"family", into(&a.Family, d.text)},
		{"dimensions", into(&a.Dimensions, d.integer)},
		{"features_per_stage", intoList(d, &a.Features, d.integer)},
		{"kernel_sizes", intoList(d, &a.Kernels, d.integers)},
		{"strides", intoList(d, &a.Strides, d.integers)},
		{"n_conv_per_stage", intoList(d, &a.Convolutions, d.integer)},
		{"n_blocks_per_stage", intoList(d, &a.Convolutions, d.integer)},
		{"n_conv_per_stage_decoder", intoList(d, &a.DecoderConvolutions, d.integer)},
		{"conv_bias", into(&a.Bias, d.truth)},
		{"norm", func(n *yaml.Node, path string) {
			a.Norm = Norm{Epsilon: 1e-5, Affine: true}
			d.object(n, path, []field{
				{"kind", into(&a.Norm.Kind, d.text)},
				{"epsilon", into(&a.Norm.Epsilon, d.number)},
				{"affine", into(&a.Norm.Affine, d.truth)},
			})
		}},
		{"dropout", into(&a.Dropout, d.number)},
		{"activation", func(n *yaml.Node, path string) {
			a.Activation = Activation{}
			d.object(n, path, []field{
				{"kind", into(&a.Activation.Kind, d.text)},
				{"slope", into(&a.Activation.Slope, d.number)},
				{"pieces", into(&a.Activation.Pieces, d.integer)},
			})
		}},
		{"options", func(n *yaml.Node, path string) { a.Options = d.options(n, path) }},
	})
}

// options reads what only one family knows: names with numbers, words, truth values or lists of them.
func (d *decoder) options(n *yaml.Node, path string) map[string]any {
	all := map[string]any{}
	for key, value := range d.pairs(n, path) {
		at := join(path, key.Value)
		d.lines[at] = key.Line
		if v, ok := d.option(value, at); ok {
			all[key.Value] = v
		}
	}
	return all
}

// option reads one value as int, float64, bool, string or a list of these ([]any).
func (d *decoder) option(n *yaml.Node, path string) (any, bool) {
	if n.Kind == yaml.SequenceNode {
		return list(d, n, path, d.option)
	}
	switch n.Tag {
	case "!!int":
		return d.integer(n, path)
	case "!!float":
		return d.number(n, path)
	case "!!bool":
		return d.truth(n, path)
	}
	return d.text(n, path)
}
