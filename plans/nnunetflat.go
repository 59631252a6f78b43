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
	chain := ancestry(nodes, n)
	get := func(key string) *yaml.Node {
		for _, m := range chain {
			if v := member(m, key); v != nil {
				return v
			}
		}
		return nil
	}
	a := Architecture{Bias: true, Norm: Norm{Kind: InstanceNorm, Epsilon: 1e-5, Affine: true},
		Activation: Activation{Kind: LeakyReLU, Slope: 0.01}}
	class := "PlainConvUNet"
	if v := get("UNet_class_name"); v != nil {
		class, _ = d.text(v, join(path, "UNet_class_name"))
	}
	a.Family = d.familyOfClass(n, join(path, "UNet_class_name"), class)
	need := func(key string) (*yaml.Node, string) {
		v := get(key)
		if v == nil {
			d.fail(n, join(path, key), "is missing; plans without an architecture entry need it")
			v = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
		} else {
			d.lines[join(path, key)] = v.Line
		}
		return v, join(path, key)
	}
	read := func(key string, target *[]int) {
		v, at := need(key)
		intoList(d, target, d.integer)(v, at)
	}
	read("n_conv_per_stage_encoder", &a.Convolutions)
	read("n_conv_per_stage_decoder", &a.DecoderConvolutions)
	v, at := need("conv_kernel_sizes")
	intoList(d, &a.Kernels, d.integers)(v, at)
	v, at = need("pool_op_kernel_sizes")
	intoList(d, &a.Strides, d.integers)(v, at)
	base, most := 0, 0
	v, at = need("UNet_base_num_features")
	into(&base, d.integer)(v, at)
	v, at = need("unet_max_num_features")
	into(&most, d.integer)(v, at)
	a.Features = make([]int, len(a.Convolutions))
	for s := range a.Features {
		a.Features[s] = int(math.Min(float64(base)*math.Pow(2, float64(s)), float64(most)))
	}
	if len(a.Kernels) > 0 {
		a.Dimensions = len(a.Kernels[0])
	}
	c.Architecture = a
	c.given["architecture"] = true
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
