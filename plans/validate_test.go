package plans

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/fault"
)

// sample reads the plan that the tests spoil: 2d, 3d_lowres, 3d_fullres and a cascade.
func sample(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "plan.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// lineOf returns the number of the first line that contains a text, after another one.
func lineOf(t *testing.T, text, after, part string) int {
	t.Helper()
	seen := after == ""
	for i, l := range strings.Split(text, "\n") {
		seen = seen || strings.Contains(l, after)
		if seen && strings.Contains(l, part) {
			return i + 1
		}
	}
	t.Fatalf("no line with %q", part)
	return 0
}

func TestFindingsNameFileLineAndField(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string // replaced once, in the first place after "  3d_fullres:"
		field    string
		want     string
	}{
		"unknown key":          {"patch_size:", "pach_size:", "configurations.3d_fullres.pach_size", "is no key of a plan; did you mean patch_size?"},
		"wrong type":           {"batch_size: 2", "batch_size: many", "configurations.3d_fullres.batch_size", `is the text "many"; want a whole number`},
		"fraction":             {"batch_size: 2", "batch_size: 2.5", "configurations.3d_fullres.batch_size", "is 2.5; want a whole number"},
		"indivisible patch":    {"patch_size: [32, 256, 224]", "patch_size: [32, 256, 230]", "configurations.3d_fullres.patch_size", "is [32 256 230], but axis 2 must be a multiple of 32, the product of the strides; use 224 or 256"},
		"patch of four":        {"patch_size: [32, 256, 224]", "patch_size: [1, 32, 256, 224]", "configurations.3d_fullres.patch_size", "has 4 numbers"},
		"no patch":             {"patch_size: [32, 256, 224]", "patch_size:", "configurations.3d_fullres.patch_size", "has 0 numbers"},
		"patch as text":        {"patch_size: [32, 256, 224]", "patch_size: 32x256x224", "configurations.3d_fullres.patch_size", `want a list in brackets`},
		"batch of zero":        {"batch_size: 2", "batch_size: 0", "configurations.3d_fullres.batch_size", "is 0; want at least 1"},
		"negative spacing":     {"spacing: [5.0,", "spacing: [-5.0,", "configurations.3d_fullres.spacing[0]", "is -5; want a positive number"},
		"NaN spacing":          {"spacing: [5.0,", "spacing: [.nan,", "configurations.3d_fullres.spacing[0]", "is NaN; want a positive number"},
		"unknown scheme":       {"[CTNormalization]", "[ctnorm]", "configurations.3d_fullres.normalization_schemes[0]", `is "ctnorm"; want one of CTNormalization`},
		"too many schemes":     {"[CTNormalization]", "[CTNormalization, ZScoreNormalization]", "configurations.3d_fullres.use_mask_for_norm", "has 1 entries and normalization_schemes 2"},
		"yes is no bool":       {"batch_dice: true", "batch_dice: yes", "configurations.3d_fullres.batch_dice", "want true or false"},
		"unknown family":       {"family: plain", "family: segnet", "configurations.3d_fullres.architecture.family", `is "segnet"; want one of plain`},
		"even kernel":          {"[[1, 3, 3], [1, 3, 3],", "[[1, 3, 3], [2, 3, 3],", "configurations.3d_fullres.architecture.kernel_sizes[1]", "is [2 3 3]; want odd numbers"},
		"stride at stage 0":    {"strides: [[1, 1, 1],", "strides: [[1, 2, 2],", "configurations.3d_fullres.architecture.strides[0]", "want ones"},
		"missing stride":       {"strides: [[1, 1, 1], ", "strides: [", "configurations.3d_fullres.architecture.strides", "has 5 entries; want 6"},
		"counts":               {"n_conv_per_stage: [2, 2,", "n_conv_per_stage: [2,", "configurations.3d_fullres.architecture.n_conv_per_stage", "has 5 entries; want 6"},
		"no features":          {"features_per_stage: [32,", "features_per_stage: [0,", "configurations.3d_fullres.architecture.features_per_stage[0]", "is 0"},
		"other dimensions":     {"dimensions: 3", "dimensions: 2", "configurations.3d_fullres.architecture.dimensions", "is 2, but patch_size has 3 numbers"},
		"unknown norm":         {"kind: instance", "kind: layer", "configurations.3d_fullres.architecture.norm", `is of kind "layer"`},
		"dropout":              {"dropout: 0.0", "dropout: 1", "configurations.3d_fullres.architecture.dropout", "is 1; want a probability"},
		"unknown activation":   {"kind: leaky_relu", "kind: gelu", "configurations.3d_fullres.architecture.activation", `is of kind "gelu"`},
		"unknown resampling":   {"function: resample_data_or_seg_to_shape", "function: bicubic", "configurations.3d_fullres.resampling_data", `has the function "bicubic"`},
		"unknown parent":       {"inherits_from: 3d_fullres", "inherits_from: 3d_full", "configurations.3d_cascade_fullres.inherits_from", `no configuration "3d_full"`},
		"its own parent":       {"inherits_from: 3d_fullres", "inherits_from: 3d_cascade_fullres", "configurations.3d_cascade_fullres.inherits_from", "in a circle: 3d_cascade_fullres -> 3d_cascade_fullres"},
		"unknown stage":        {"previous_stage: 3d_lowres", "previous_stage: lowres", "configurations.3d_cascade_fullres.previous_stage", "is no configuration of this plan"},
		"key twice":            {"batch_dice: true", "batch_dice: true\n    batch_dice: false", "configurations.3d_fullres.batch_dice", "is there twice"},
		"swapped percentiles":  {"percentile_00_5: -", "percentile_00_5: 99", "foreground_intensity_properties_per_channel.0", "above percentile_99_5"},
		"deviation":            {"std: ", "std: -", "foreground_intensity_properties_per_channel.0.std", "a standard deviation is not negative"},
		"cascade's own patch":  {"inherits_from: 3d_fullres", "inherits_from: 3d_fullres\n    patch_size: [32, 250, 224]", "configurations.3d_cascade_fullres.patch_size", "use 224 or 256"},
		"a channel is missing": {"\"0\":", "\"1\":", "foreground_intensity_properties_per_channel", "has no entry for channel 0"},
	} {
		t.Run(name, func(t *testing.T) {
			text := sample(t)
			at := strings.Index(text, "  3d_fullres:")
			if !strings.Contains(text[at:], c.old) {
				t.Fatalf("the sample has no %q", c.old)
			}
			text = text[:at] + strings.Replace(text[at:], c.old, c.new, 1)
			_, err := Parse("my plan.yaml", []byte(text))
			if err == nil || !fault.IsInput(err) {
				t.Fatalf("got %v, want bad input", err)
			}
			first, _, _ := strings.Cut(err.Error(), "\n")
			if !strings.Contains(err.Error(), c.field+" ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %s\nwant %s %s", err, c.field, c.want)
			}
			if !strings.HasPrefix(first, "my plan.yaml:") || strings.HasPrefix(first, "my plan.yaml:0") {
				t.Errorf("no file and line in %q", first)
			}
		})
	}
}

func TestFindingHasTheRightLine(t *testing.T) {
	text := strings.Replace(sample(t), "patch_size: [32, 256, 224]", "patch_size: [32, 256, 230]", 1)
	_, err := Parse("plan.yaml", []byte(text))
	want := finding("plan.yaml", lineOf(t, text, "3d_fullres:", "patch_size"), "", "").Error()
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want a finding at %s", err, want)
	}
}

func TestAllFindingsAreReported(t *testing.T) {
	text := strings.NewReplacer("batch_size: 2", "batch_size: zero", "batch_dice: true", "batch_dise: true",
		"spacing: [5.0,", "spacing: [0,").Replace(sample(t))
	_, err := Parse("plan.yaml", []byte(text))
	for _, want := range []string{"3d_lowres.batch_size", "3d_fullres.batch_size", "2d.batch_dise", "3d_fullres.batch_dise", "3d_fullres.spacing[0]"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no finding about %s in %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "batch_size is 0") {
		t.Errorf("a value that could not be read was checked: %v", err)
	}
}

func TestNotAPlan(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":             {"", "not a plan"},
		"comment only":      {"# nothing\n", "not a plan"},
		"a word":            {"plan\n", "want keys with values"},
		"tab indentation":   {"a:\n\tb: 1\n", "line 2"},
		"anchors":           {"a: &x 1\nb: *x\n", "anchors and aliases"},
		"two documents":     {"a: 1\n---\nb: 2\n", "more than one"},
		"binary":            {"\xff\xfe\x00", "UTF-8"},
		"JSON list":         {"[1, 2]", "want keys with values"},
		"truncated JSON":    {`{"configurations": {`, "line 1"},
		"JSON without much": {`{"dataset_name": "x"}`, "configurations is empty"},
		"newer format":      {"format: autoseg-plan/2\n", "this program reads"},
	} {
		if _, err := Parse("plan", []byte(c.text)); err == nil || !fault.IsInput(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none.yaml")); !fault.IsInput(err) {
		t.Errorf("a missing file gave %v, want bad input", err)
	}
}
