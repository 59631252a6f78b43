package pipeline

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/plans"
	"gopkg.in/yaml.v3"
)

// TestNetworksShareFoldsAndCases trains two networks, adds a third, and edits the plan: what the networks
// share is made once, and only what depends on a change is made again.
func TestNetworksShareFoldsAndCases(t *testing.T) {
	c := fastConfig(t)
	c.Networks = []string{"plain", "unet"}
	if _, err := prepared(t, c); err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(c.Output, planFile), "[32, 64, 128, 256]", "[4, 4, 8, 8]") // a test has no time
	want := []string{
		"model/3d_fullres", "model/3d_fullres@unet",
		"train/3d_fullres/fold_0", "train/3d_fullres@unet/fold_0", "cv/3d_fullres", "cv/3d_fullres@unet",
		"select", "predict", "postprocess", "evaluate", "report",
	}
	if got := ran(t, c); !slices.Equal(got, want) {
		t.Errorf("behind the preprocessing the run did\n%v, want\n%v", got, want)
	}
	page := string(content(t, filepath.Join(c.Output, reportFile)))
	for _, words := range []string{"Comparison of the models", ">3d_fullres@unet</td>", "S2S mm"} {
		if !strings.Contains(page, words) {
			t.Errorf("the report lacks %q", words)
		}
	}
	checkModel(t, c, "3d_fullres", "plain")
	checkModel(t, c, "3d_fullres@unet", "unet")

	c.Networks = []string{"unet", "plain"}
	if got := ran(t, c); !slices.Equal(got, []string{"select", "predict", "postprocess", "evaluate", "report"}) {
		t.Errorf("in the other order the run did %v, want no training: which of equals wins may change", got)
	}
	c.Networks = []string{"unet", "plain", "unet_ct_dsv"}
	want = []string{"model/3d_fullres@unet_ct_dsv", "train/3d_fullres@unet_ct_dsv/fold_0", "cv/3d_fullres@unet_ct_dsv", "select"}
	if got := ran(t, c); !slices.Equal(got[:min(4, len(got))], want) {
		t.Errorf("another network did %v, want it to begin with %v", got, want)
	}
	edit(t, filepath.Join(c.Output, planFile), "batch_size: 2", "batch_size: 3")
	if got := ran(t, c); slices.Contains(got, "preprocess/3d_fullres") || len(trainings(got)) != 3 {
		t.Errorf("an edited batch size did %v, want all three trained on the cases that are there", got)
	}
}

// checkModel expects a model folder that holds a plan of its own.
func checkModel(t *testing.T, c Config, name, family string) {
	t.Helper()
	p, err := plans.Read(filepath.Join(c.Output, "models", name, planFile))
	if err != nil {
		t.Fatal(err)
	}
	configuration, err := p.Configuration("3d_fullres")
	if err != nil || configuration.Architecture.Family != family || p.ModelName(configuration) != name {
		t.Errorf("%s: network %v (%v), want %s", name, configuration, err, family)
	}
	if _, err := os.Stat(filepath.Join(c.Output, "models", name, "fold_0", "weights.safetensors")); err != nil {
		t.Errorf("%s has no weights", name)
	}
}

func trainings(stages []string) []string {
	return slices.DeleteFunc(slices.Clone(stages), func(s string) bool { return !strings.HasPrefix(s, "train/") })
}

func TestSettingsReadOneNetworkOrSeveral(t *testing.T) {
	for text, want := range map[string]networks{
		"network: unet\n":          {"unet"},
		"network: [unet, plain]\n": {"unet", "plain"},
		"folds: [all]\n":           nil,
	} {
		var s Settings
		if err := yaml.Unmarshal([]byte(text), &s); err != nil || !slices.Equal(s.Networks, want) {
			t.Errorf("%q: got %v (%v), want %v", text, s.Networks, err, want)
		}
	}
}
