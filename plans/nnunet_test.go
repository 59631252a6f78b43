package plans

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func resolved(t *testing.T, p *Plans, name string) *Configuration {
	t.Helper()
	c, err := p.Configuration(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestFlatLayout reads plans from before nnU-Net 2.5. Features are min(32*2^s, 320).
func TestFlatLayout(t *testing.T) {
	p, err := Read(filepath.Join("testdata", "flat.json"))
	if err != nil {
		t.Fatal(err)
	}
	base := resolved(t, p, "3d_fullres").Architecture
	want := Architecture{
		Family: "plain", Dimensions: 3, Features: []int{32, 64, 128, 256, 320, 320},
		Kernels:      [][]int{{3, 3, 3}, {3, 3, 3}, {3, 3, 3}, {3, 3, 3}, {1, 3, 3}, {3, 3, 3}},
		Strides:      [][]int{{1, 1, 1}, {2, 2, 2}, {2, 2, 2}, {2, 2, 2}, {1, 1, 1}, {1, 1, 1}},
		Convolutions: []int{2, 2, 2, 2, 2, 2}, DecoderConvolutions: []int{2, 2, 2, 2, 2}, Bias: true,
		Norm: Norm{InstanceNorm, 1e-5, true}, Activation: Activation{Kind: LeakyReLU, Slope: 0.01},
	}
	if d := cmp.Diff(want, base); d != "" {
		t.Error(d)
	}
	small := resolved(t, p, "3d_fullres_bs4")
	if small.BatchSize != 4 || !slices.Equal(small.PatchSize, []int{40, 56, 40}) {
		t.Errorf("the child has batch %d and patch %v", small.BatchSize, small.PatchSize)
	}
	if d := cmp.Diff(want, small.Architecture); d != "" {
		t.Error("the child's network differs:", d)
	}
	// The grandchild replaces the class and its counts and takes kernels and strides from two levels up.
	want.Family, want.Convolutions, want.DecoderConvolutions = "residual", []int{1, 3, 4, 6, 6, 6}, []int{1, 1, 1, 1, 1}
	res := resolved(t, p, "3d_fullres_resenc")
	if d := cmp.Diff(want, res.Architecture); d != "" || res.BatchSize != 4 {
		t.Errorf("the grandchild: batch %d, %s", res.BatchSize, d)
	}
	q, err := Parse("again.json", nnunetText(t, p))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(resolved(t, p, "3d_fullres_resenc"), resolved(t, q, "3d_fullres_resenc"), cmpopts.IgnoreUnexported(Configuration{})); d != "" {
		t.Error("written in today's layout it differs:", d)
	}
}

// arguments replaces arch_kwargs of a golden-like plan.
func withArguments(arguments string) string {
	return `{"transpose_forward": [0, 1, 2], "transpose_backward": [0, 1, 2], "something_new": {"a": [1]},
	"configurations": {"2d": {"batch_size": 2, "patch_size": [16, 16], "spacing": [1, 1], "a_new_key": 1,
	"normalization_schemes": ["ZScoreNormalization"], "use_mask_for_norm": [false],
	"resampling_fn_data": "resample_torch_fornnunet", "resampling_fn_data_kwargs": {"is_seg": false, "force_separate_z": false},
	"resampling_fn_seg": "no_resampling_hack", "resampling_fn_seg_kwargs": {},
	"resampling_fn_probabilities": "resample_data_or_seg_to_shape", "resampling_fn_probabilities_kwargs": {"order": 1, "order_z": 0},
	"architecture": {"network_class_name": "dynamic_network_architectures.architectures.residual_unet.ResidualEncoderUNet",
	"arch_kwargs": {"n_stages": 2, ` + arguments + `}}}},
	"foreground_intensity_properties_per_channel": {"0": {"mean": NaN}}}`
}

// TestArguments reads what people write by hand: one number for all stages or axes, other layers, other
// module paths, keys that we do not know.
func TestArguments(t *testing.T) {
	p, err := Parse("plans.json", []byte(withArguments(`"features_per_stage": [8, 16], "conv_op": "torch.nn.Conv2d",
		"kernel_sizes": 3, "strides": [1, [2, 1]], "n_blocks_per_stage": 2, "n_conv_per_stage_decoder": 1, "conv_bias": false,
		"norm_op": "torch.nn.BatchNorm2d", "norm_op_kwargs": {"eps": 0.001, "affine": false, "momentum": 0.1},
		"dropout_op": "torch.nn.Dropout2d", "dropout_op_kwargs": {"p": 0.25},
		"nonlin": "torch.nn.modules.activation.LeakyReLU", "nonlin_kwargs": {"negative_slope": 0.1}`)))
	if err != nil {
		t.Fatal(err)
	}
	c := resolved(t, p, "2d")
	want := Architecture{Family: "residual", Dimensions: 2, Features: []int{8, 16}, Kernels: [][]int{{3, 3}, {3, 3}},
		Strides: [][]int{{1, 1}, {2, 1}}, Convolutions: []int{2, 2}, DecoderConvolutions: []int{1}, Dropout: 0.25,
		Norm: Norm{BatchNorm, 0.001, false}, Activation: Activation{Kind: LeakyReLU, Slope: 0.1}}
	if d := cmp.Diff(want, c.Architecture); d != "" {
		t.Error(d)
	}
	if f := c.ResampleData.ForceSeparateZ; f == nil || *f || c.ResampleLabels.Function != NoResampling {
		t.Errorf("resampling %+v, %+v", c.ResampleData, c.ResampleLabels)
	}
	q, err := Parse("again.json", nnunetText(t, p))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c.Architecture, resolved(t, q, "2d").Architecture); d != "" {
		t.Error("written and read:", d)
	}
}

// TestDefaultsOfArguments leaves out what torch and nnU-Net have a default for: a batch norm learns its scale, an
// instance norm does not, and without a dropout layer there is no dropout.
func TestDefaultsOfArguments(t *testing.T) {
	const sizes = `"features_per_stage": [8, 16], "conv_op": "torch.nn.Conv2d", "kernel_sizes": 3, "strides": [1, 2],
		"n_blocks_per_stage": 2, "n_conv_per_stage_decoder": 1, "conv_bias": true, "nonlin": "torch.nn.ReLU", `
	for name, c := range map[string]struct {
		arguments string
		norm      Norm
	}{
		"batch norm":        {`"norm_op": "torch.nn.BatchNorm2d"`, Norm{BatchNorm, 1e-5, true}},
		"its epsilon":       {`"norm_op": "torch.nn.BatchNorm2d", "norm_op_kwargs": {"eps": 0.001}`, Norm{BatchNorm, 1e-3, true}},
		"instance norm":     {`"norm_op": "torch.nn.InstanceNorm2d", "norm_op_kwargs": null`, Norm{InstanceNorm, 1e-5, false}},
		"empty dropout":     {`"norm_op": "torch.nn.BatchNorm2d", "dropout_op": null, "dropout_op_kwargs": {"p": 0.5}`, Norm{BatchNorm, 1e-5, true}},
		"block by its name": {`"norm_op": "torch.nn.BatchNorm2d", "stem_channels": null, "block": "a.b.BasicBlockD"`, Norm{BatchNorm, 1e-5, true}},
	} {
		p, err := Parse("plans.json", []byte(withArguments(sizes+c.arguments)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a := resolved(t, p, "2d").Architecture; a.Norm != c.norm || a.Dropout != 0 {
			t.Errorf("%s: %+v with dropout %v, want %+v without", name, a.Norm, a.Dropout, c.norm)
		}
	}
	for _, c := range []string{`"stem_channels": 24`, `"nonlin_first": true`, `"block": "a.b.BottleneckD"`} {
		if _, err := Parse("plans.json", []byte(withArguments(sizes+c))); err == nil || !strings.Contains(err.Error(), "only the network without it") {
			t.Errorf("%s: %v, want a refusal", c, err)
		}
	}
}

func TestForeignNetworksAreNamed(t *testing.T) {
	good := withArguments(`"features_per_stage": 8, "conv_op": "torch.nn.Conv2d", "kernel_sizes": 3, "strides": 1,
		"n_blocks_per_stage": 2, "n_conv_per_stage_decoder": 1, "norm_op": null, "nonlin": "torch.nn.ReLU"`)
	if _, err := Parse("p.json", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"class":      {"residual_unet.ResidualEncoderUNet", "swin.SwinUNETR", "p.json:7: configurations.2d.architecture.network_class_name"},
		"dimensions": {"torch.nn.Conv2d", "torch.nn.Conv1d", "arch_kwargs.conv_op"},
		"norm":       {`"norm_op": null`, `"norm_op": "torch.nn.GroupNorm"`, `is of kind "torch.nn.GroupNorm"`},
		"nonlin":     {"torch.nn.ReLU", "torch.nn.GELU", `is of kind "torch.nn.GELU"`},
		"stages":     {`"n_stages": 2`, `"n_stages": 100000000`, "want a number from 1 to 64"},
		"arguments":  {`"arch_kwargs"`, `"kwargs"`, "has no arch_kwargs"},
	} {
		_, err := Parse("p.json", []byte(strings.Replace(good, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// TestInheritanceOfPrograms resolves a configuration that no file gave: what is zero is inherited.
func TestInheritanceOfPrograms(t *testing.T) {
	p := parse(t, sample(t))
	p.Configurations = append(p.Configurations, &Configuration{Name: "wide", InheritsFrom: "3d_cascade_fullres", BatchSize: 7})
	c := resolved(t, p, "wide")
	if c.BatchSize != 7 || c.PreviousStage != "3d_lowres" || !slices.Equal(c.PatchSize, []int{32, 256, 224}) || !c.BatchDice {
		t.Errorf("got %+v", c)
	}
	c.PatchSize[0], c.Architecture.Strides[1][0] = 99, 99
	if again := resolved(t, p, "wide"); again.PatchSize[0] == 99 || again.Architecture.Strides[1][0] == 99 {
		t.Error("a resolved configuration shares memory with the plans")
	}
	if _, err := p.Configuration("4d"); err == nil || !strings.Contains(err.Error(), "2d, 3d_lowres") {
		t.Errorf("an unknown name gave %v", err)
	}
}

// TestActivationsSurvive writes every activation in both forms and reads it again.
func TestActivationsSurvive(t *testing.T) {
	p, err := Parse("plans.json", []byte(withArguments(`"features_per_stage": [8, 16], "conv_op": "torch.nn.Conv2d",
		"kernel_sizes": 3, "strides": [1, [2, 1]], "n_blocks_per_stage": 2, "n_conv_per_stage_decoder": 1,
		"norm_op": "torch.nn.BatchNorm2d", "nonlin": "torch.nn.LeakyReLU", "nonlin_kwargs": {"negative_slope": 0.1}`)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []Activation{{Kind: LeakyReLU, Slope: 0.1}, {Kind: LeakyReLU}, {Kind: ReLU}, {Kind: PReLU},
		{Kind: ELU}, {Kind: ELU, Slope: 0.5}, {Kind: Sigmoid}, {Kind: Tanh}, {Kind: Maxout, Pieces: 3}} {
		p.find("2d").Architecture.Activation = want
		yaml, err := p.YAML()
		if err != nil {
			t.Fatal(err)
		}
		for form, text := range map[string][]byte{"plan.yaml": yaml, "plans.json": nnunetText(t, p)} {
			q, err := Parse(form, text)
			if err != nil {
				t.Fatalf("%s with %+v: %v", form, want, err)
			}
			if got := resolved(t, q, "2d").Architecture.Activation; got != want {
				t.Errorf("%s: %+v became %+v", form, want, got)
			}
		}
	}
}
