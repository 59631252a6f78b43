package plans

import (
	"math"

	"gopkg.in/yaml.v3"
)

// flat builds the architecture of a configuration in the layout before nnU-Net 2.5, which had no
// architecture entry but loose keys (plans_handler.py, ConfigurationManager). Each key is looked up
// in the configuration and then in the ones it inherits from, since upstream merges before it reads.
func (d *decoder) flat(nodes map[string]*yaml.Node, n *yaml.Node, path string, c *Configuration) {
	if c.given["architecture"] || !hasAny(n, flatKeys) {
		return
	}
	l := flatLayout{decoder: d, chain: ancestry(nodes, n), path: path}
	a := Architecture{Bias: true, Norm: Norm{Kind: InstanceNorm, Epsilon: 1e-5, Affine: true},
		Activation: Activation{Kind: LeakyReLU, Slope: 0.01}}
	class := "PlainConvUNet"
	if v := l.find("UNet_class_name"); v != nil {
		class, _ = d.text(v, join(path, "UNet_class_name"))
	}
	a.Family = d.familyOfClass(n, join(path, "UNet_class_name"), class)
	var base, most int
	l.read("n_conv_per_stage_encoder", intoList(d, &a.Convolutions, d.integer))
	l.read("n_conv_per_stage_decoder", intoList(d, &a.DecoderConvolutions, d.integer))
	l.read("conv_kernel_sizes", intoList(d, &a.Kernels, d.integers))
	l.read("pool_op_kernel_sizes", intoList(d, &a.Strides, d.integers))
	l.read("UNet_base_num_features", into(&base, d.integer))
	l.read("unet_max_num_features", into(&most, d.integer))
	for s := range a.Convolutions {
		a.Features = append(a.Features, int(math.Min(float64(base)*math.Pow(2, float64(s)), float64(most))))
	}
	if len(a.Kernels) > 0 {
		a.Dimensions = len(a.Kernels[0])
	}
	c.Architecture = a
	c.given["architecture"] = true
}

// flatLayout finds the loose keys of one configuration.
type flatLayout struct {
	decoder *decoder
	chain   []*yaml.Node // the configuration and its ancestors
	path    string
}

func (l *flatLayout) find(key string) *yaml.Node {
	for _, n := range l.chain {
		if v := member(n, key); v != nil {
			return v
		}
	}
	return nil
}

// read hands the value of a key to its reader; a missing key is a finding.
func (l *flatLayout) read(key string, reader func(*yaml.Node, string)) {
	at := join(l.path, key)
	v := l.find(key)
	if v == nil {
		l.decoder.fail(l.chain[0], at, "is missing; plans without an architecture entry need it")
		return
	}
	l.decoder.lines[at] = v.Line
	reader(v, at)
}

// flatKeys are the keys whose presence means that a configuration describes its network itself.
var flatKeys = []string{"UNet_class_name", "UNet_base_num_features", "unet_max_num_features", "conv_kernel_sizes",
	"pool_op_kernel_sizes", "n_conv_per_stage_encoder", "n_conv_per_stage_decoder"}

func hasAny(n *yaml.Node, keys []string) bool {
	for _, k := range keys {
		if member(n, k) != nil {
			return true
		}
	}
	return false
}

func member(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// ancestry returns a configuration's node and those it inherits from, nearest first; it ends where a
// name is unknown or comes round again, which Validate reports.
func ancestry(nodes map[string]*yaml.Node, n *yaml.Node) []*yaml.Node {
	var chain []*yaml.Node
	for n != nil && len(chain) <= len(nodes) {
		chain = append(chain, n)
		parent := member(n, "inherits_from")
		if parent == nil {
			break
		}
		n = nodes[parent.Value]
	}
	return chain
}
