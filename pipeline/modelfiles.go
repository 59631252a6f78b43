package pipeline

import (
	"context"
	"os"
	"path"
	"strings"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/plans"
)

const descriptionFile = "dataset.json"

// describeModels puts plan, description and fingerprint into every model's folder, so that a copied one
// predicts on its own.
func (r *run) describeModels(ctx context.Context) error {
	for _, c := range r.configurations {
		if err := r.describeModel(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) describeModel(ctx context.Context, c *plans.Configuration) error {
	dir := modelDir(r.plan, c)
	files := []string{path.Join(dir, planFile), path.Join(dir, descriptionFile), path.Join(dir, fingerprintFile)}
	_, err := r.do(ctx, stage{
		name:    "model/" + modelName(r.plan, c),
		results: files,
		inputs: func(in inputs) error {
			var decisions strings.Builder
			if err := r.planOf[c].WriteNNUNet(&decisions); err != nil {
				return err
			}
			description, err := r.data.Marshal()
			if err != nil {
				return err
			}
			in["fingerprint"] = r.key(fingerprintStage)
			return in.values(map[string]any{"plan": decisions.String(), "dataset.json": string(description)})
		},
		run: func(context.Context) error {
			if err := os.MkdirAll(r.path(dir), 0o755); err != nil {
				return err
			}
			if err := r.planOf[c].Write(r.path(files[0])); err != nil {
				return err
			}
			if err := dataset.WriteJSON(r.path(files[1]), &r.data.Description); err != nil {
				return err
			}
			return copyFile(r.path(files[2]), r.path(fingerprintFile))
		},
	})
	return err
}
