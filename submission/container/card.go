package container

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/evaluate"
	"github.com/autoseg/autoseg/submission/algorithm"
)

// card writes the model card: what the image does, with what it was trained, how good it was, and what it
// must not be used for (Mitchell et al., Model Cards for Model Reporting, 2019, in short).
func card(c *Config, k *contents, i algorithm.Interface, hashes map[string]string) []byte {
	var b strings.Builder
	d, m := k.models[0].Description, k.models[0]
	fmt.Fprintf(&b, "# %s\n\nSegmentation by autoseg %s, a self-configuring pipeline with nnU-Net v2's decisions.\n\n", m.Plans.Dataset, c.Version)
	fmt.Fprintf(&b, "## Use\n\n* in: %s below `/input/images/SLUG/`, for the channels %s\n* out: `/output/images/%s/NAME.mha`, labels:\n",
		"`"+strings.Join(i.Inputs, "`, `")+"`", strings.Join(d.Channels, ", "), i.Output)
	for _, v := range d.Labelling.All() {
		fmt.Fprintf(&b, "  * %d %s\n", v, d.Labelling.Name(v))
	}
	b.WriteString("* images must resemble the training images in modality, field of view and spacing\n" +
		"* not a medical device: not for diagnosis or treatment; a person must look at every result\n")
	fmt.Fprintf(&b, "\n## Model\n\n* selected: %s\n* folds averaged: %s\n", k.selection.Configuration, strings.Join(k.selection.Folds, ", "))
	for n, name := range k.selection.Models {
		plan := k.models[n].Plans
		for _, configuration := range plan.Configurations {
			if strings.HasPrefix(name, configuration.Name) {
				fmt.Fprintf(&b, "* %s: patch %v voxels, spacing %v mm (slowest axis first), network %s\n", name, configuration.PatchSize, configuration.Spacing, plan.Network)
			}
		}
	}
	if p := k.selection.Postprocessing; p != nil {
		for _, rule := range p.Rules {
			fmt.Fprintf(&b, "* afterwards: %s\n", rule)
		}
	}
	validation(&b, m.Dir, d.Labelling)
	b.WriteString("\n## Files\n\nSHA-256, as in the image's labels:\n\n")
	for _, e := range k.entries {
		fmt.Fprintf(&b, "    %s  %s\n", hashes[e.name], strings.TrimPrefix(e.name, folder+"/"))
	}
	return []byte(b.String())
}

// validation adds the Dice of the cross-validation, where the model has one.
func validation(b *strings.Builder, model string, l dataset.Labelling) {
	content, err := os.ReadFile(filepath.Join(model, "cv", "summary.json"))
	if err != nil {
		return
	}
	var summary struct {
		Mean map[string]struct{ Dice *float64 } `json:"mean"`
	}
	if json.Unmarshal(content, &summary) != nil {
		return
	}
	b.WriteString("\n## Cross-validation\n\n| class | mean Dice |\n|---|---|\n")
	classes, _ := evaluate.Classes(l)
	for _, c := range classes {
		if dice := summary.Mean[c.Key].Dice; dice != nil {
			fmt.Fprintf(b, "| %s | %.4f |\n", l.Name(c.Labels[0]), *dice)
		}
	}
}
