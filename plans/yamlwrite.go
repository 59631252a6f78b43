package plans

import (
	"bytes"
	"fmt"
	"io"
	"strconv"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"gopkg.in/yaml.v3"
)

// Write writes the plan as commented YAML to a file, which appears complete or not at all. Comments
// that people wrote into the file the plan was read from are kept.
func (p *Plans) Write(path string) error {
	text, err := p.YAML()
	if err != nil {
		return fmt.Errorf("write plan %s: %w", path, err)
	}
	return atomicfile.WriteBytes(path, text)
}

// WriteYAML is Write to a stream.
func (p *Plans) WriteYAML(w io.Writer) error {
	text, err := p.YAML()
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// YAML returns the plan as commented YAML.
func (p *Plans) YAML() ([]byte, error) {
	document := &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{p.tree()}}
	annotate(document, p.notes, p.Reasons)
	if p.notes == nil {
		document.HeadComment = header
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(document); err != nil {
		return nil, fmt.Errorf("plan of %s as YAML: %w", p.Dataset, err)
	}
	return b.Bytes(), nil
}

func (p *Plans) tree() *yaml.Node {
	m := newMapping(0)
	m.set("format", textNode(Format))
	m.set("dataset_name", textNode(p.Dataset))
	m.set("plans_name", textNode(p.Name))
	m.set("planner", textNode(p.Planner))
	if p.MemoryGB != 0 {
		m.set("memory_gb", numberNode(p.MemoryGB))
	}
	m.set("network", textNode(p.Network))
	m.set("image_reader_writer", textNode(p.Reader))
	m.set("original_median_spacing_after_transp", listNode(p.MedianSpacing[:], numberNode))
	m.set("original_median_shape_after_transp", integersNode(p.MedianShape[:]))
	m.set("transpose_forward", integersNode(p.TransposeForward[:]))
	m.set("transpose_backward", integersNode(p.TransposeBackward[:]))
	configurations := newMapping(0)
	for _, c := range p.Configurations {
		configurations.set(c.Name, c.tree(p.filled(c)))
	}
	m.set("configurations", &configurations.node)
	m.set("foreground_intensity_properties_per_channel", p.intensitiesNode())
	return &m.node
}

func (p *Plans) intensitiesNode() *yaml.Node {
	all := newMapping(0)
	for c, i := range p.Intensities {
		m := newMapping(0)
		for _, s := range i.statistics() {
			m.set(s.key, numberNode(s.value))
		}
		all.set(strconv.Itoa(c), &m.node)
	}
	return &all.node
}

type statistic struct {
	key   string
	value float64
}

// statistics lists the values under nnU-Net's keys, in its order.
func (i Intensity) statistics() []statistic {
	return []statistic{{"max", i.Max}, {"mean", i.Mean}, {"median", i.Median}, {"min", i.Min},
		{"percentile_00_5", i.Percentile005}, {"percentile_99_5", i.Percentile995}, {"std", i.Std}}
}

// filled returns the configuration with what it inherits, or as it is if that cannot be resolved.
func (p *Plans) filled(c *Configuration) *Configuration {
	if full, err := p.resolve(c.Name, nil); err == nil {
		return full
	}
	return c
}

// tree writes all fields, or for a configuration that inherits only those of its own. The values are
// those of c, since a key of the file may hold several of which only one is the configuration's own.
func (own *Configuration) tree(c *Configuration) *yaml.Node {
	m := newMapping(0)
	if own.InheritsFrom != "" {
		m.set("inherits_from", textNode(own.InheritsFrom))
	}
	set := func(key string, value *yaml.Node) {
		if own.writes(key) {
			m.set(key, value)
		}
	}
	set("data_identifier", textNode(c.DataIdentifier))
	set("preprocessor_name", textNode(c.Preprocessor))
	set("batch_size", integerNode(c.BatchSize))
	set("patch_size", integersNode(c.PatchSize))
	set("median_image_size_in_voxels", listNode(c.MedianShape, numberNode))
	set("spacing", listNode(c.Spacing, numberNode))
	set("normalization_schemes", listNode(c.Normalisation, func(n Normalisation) *yaml.Node { return textNode(string(n.Scheme)) }))
	set("use_mask_for_norm", listNode(c.Normalisation, func(n Normalisation) *yaml.Node { return truthNode(n.UseMask) }))
	set("resampling_data", c.ResampleData.tree())
	set("resampling_seg", c.ResampleLabels.tree())
	set("resampling_probabilities", c.ResampleProbabilities.tree())
	if own.writes("architecture") {
		m.set("architecture", c.Architecture.tree())
	}
	set("batch_dice", truthNode(c.BatchDice))
	if c.Loss.Name != "" {
		set("loss", c.Loss.tree())
	}
	if c.Optimiser.Name != "" {
		set("optimizer", c.Optimiser.tree())
	}
	if c.Schedule.Name != "" {
		set("schedule", c.Schedule.tree())
	}
	if c.NextStage != "" {
		set("next_stage", textNode(c.NextStage))
	}
	if c.PreviousStage != "" {
		set("previous_stage", textNode(c.PreviousStage))
	}
	return &m.node
}

// writes reports whether a configuration's own entry in a file holds the key.
func (c *Configuration) writes(key string) bool {
	if c.InheritsFrom == "" {
		return true
	}
	for _, p := range properties {
		if (p.keys[0] == key || p.keys[len(p.keys)-1] == key) && c.gives(p) {
			return true
		}
	}
	return false
}

func (r Resampling) tree() *yaml.Node {
	m := newMapping(yaml.FlowStyle)
	m.set("function", textNode(r.Function))
	m.set("order", integerNode(r.Order))
	m.set("order_z", integerNode(r.OrderZ))
	m.set("force_separate_z", optionalNode(r.ForceSeparateZ))
	return &m.node
}

func (a *Architecture) tree() *yaml.Node {
	m := newMapping(0)
	m.set("family", textNode(a.Family))
	m.set("dimensions", integerNode(a.Dimensions))
	m.set("features_per_stage", integersNode(a.Features))
	m.set("kernel_sizes", listNode(a.Kernels, integersNode))
	m.set("strides", listNode(a.Strides, integersNode))
	m.set(a.countsKey(), integersNode(a.Convolutions))
	if len(a.DecoderConvolutions) > 0 {
		m.set("n_conv_per_stage_decoder", integersNode(a.DecoderConvolutions))
	}
	m.set("conv_bias", truthNode(a.Bias))
	norm := newMapping(yaml.FlowStyle).set("kind", textNode(a.Norm.Kind)).
		set("epsilon", numberNode(a.Norm.Epsilon)).set("affine", truthNode(a.Norm.Affine))
	m.set("norm", &norm.node)
	m.set("dropout", numberNode(a.Dropout))
	activation := newMapping(yaml.FlowStyle).set("kind", textNode(a.Activation.Kind)).
		set("slope", numberNode(a.Activation.Slope))
	if a.Activation.Kind == Maxout {
		activation.set("pieces", integerNode(a.Activation.Width(1)))
	}
	m.set("activation", &activation.node)
	if len(a.Options) > 0 {
		m.set("options", optionsNode(a.Options))
	}
	return &m.node
}

// countsKey is nnU-Net's name of what the encoder has per stage.
func (a *Architecture) countsKey() string {
	if a.Family == "residual" {
		return "n_blocks_per_stage"
	}
	return "n_conv_per_stage"
}
