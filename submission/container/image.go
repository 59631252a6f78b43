package container

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/submission/algorithm"
)

// Image describes what Build wrote.
type Image struct {
	// Tag is the name, Digest the SHA-256 of the manifest.
	Tag    string `json:"tag"`
	Digest string `json:"digest"`
	// Architecture is amd64 or arm64.
	Architecture string `json:"architecture"`
	// Interface has the slugs.
	Interface algorithm.Interface `json:"interface"`
	// Labels are the image's.
	Labels map[string]string `json:"labels"`
	// Bytes is the size of the file, ModelBytes that of the compressed layer with the models in it.
	Bytes      int64 `json:"bytes"`
	ModelBytes int64 `json:"model_bytes"`
}

// Build writes the image of a run to a file. When ctx ends it stops and leaves no file behind.
func Build(ctx context.Context, file string, c Config) (*Image, error) {
	if err := c.Validate(); err != nil {
		return nil, fault.Input(err)
	}
	arch, err := architecture(c.Program)
	if err != nil {
		return nil, fault.Input(err)
	}
	k, err := collect(c.Run)
	if err != nil {
		return nil, err
	}
	description := k.models[0].Description
	i, err := c.interfaceFor(description)
	if err != nil {
		return nil, fault.Input(err)
	}
	labels, err := k.finish(ctx, &c, i)
	if err != nil {
		return nil, err
	}
	result := &Image{Tag: c.tag(k.models[0].Plans.Dataset), Architecture: arch, Interface: i, Labels: labels}
	img, err := c.image(ctx, k, result)
	if err != nil {
		return nil, fmt.Errorf("make the image: %w", err)
	}
	result.Bytes, err = writeArchive(ctx, file, img, result.Tag)
	return result, err
}

// finish adds the interface and the model card, and returns the labels.
func (k *contents) finish(ctx context.Context, c *Config, i algorithm.Interface) (map[string]string, error) {
	content, err := i.Marshal()
	if err != nil {
		return nil, err
	}
	k.entries = append(k.entries, entry{name: path.Join(folder, algorithm.File), mode: 0o644, content: content})
	hashes, err := sums(ctx, append(slices.Clone(k.entries), entry{name: programName, source: c.Program}))
	if err != nil {
		return nil, err
	}
	k.entries = append(k.entries, entry{name: path.Join(folder, cardName), mode: 0o644, content: card(c, k, i, hashes)})
	m := k.models[0]
	labels := map[string]string{
		"org.opencontainers.image.title":       m.Plans.Dataset,
		"org.opencontainers.image.description": fmt.Sprintf("autoseg %s on %s: segments %s", k.selection.Configuration, m.Plans.Dataset, strings.Join(labelNames(m.Description.Labelling), ", ")),
		"org.opencontainers.image.version":     c.Version,
		"autoseg.version":                      c.Version,
		"autoseg.program.sha256":               hashes[programName],
		"autoseg.configuration":                k.selection.Configuration,
		"autoseg.folds":                        strings.Join(k.selection.Folds, ","),
		"autoseg.inputs":                       strings.Join(i.Inputs, ","),
		"autoseg.output":                       i.Output,
		"autoseg.card":                         Folder + "/" + cardName,
	}
	for name, sum := range hashes {
		if rest, ok := strings.CutPrefix(name, folder+"/models/"); ok {
			labels["autoseg.model."+rest+".sha256"] = sum
		}
	}
	return labels, nil
}

// image puts the layers on top of nothing.
func (c *Config) image(ctx context.Context, k *contents, result *Image) (v1.Image, error) {
	program, err := layerOf(ctx, []entry{
		{name: programName, mode: 0o755, source: c.Program},
		{name: "input/", mode: 0o755}, {name: "output/", mode: 0o777}, {name: "tmp/", mode: 0o1777},
	})
	if err != nil {
		return nil, err
	}
	models, err := layerOf(ctx, k.entries)
	if err != nil {
		return nil, err
	}
	if result.ModelBytes, err = models.Size(); err != nil {
		return nil, err
	}
	// empty.Image is Docker's; umoci refuses that.
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err := mutate.AppendLayers(base, program, models)
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Architecture, config.OS, config.Created = result.Architecture, "linux", v1.Time{Time: epoch}
	config.Config = v1.Config{Entrypoint: entryPoint, User: "1000:1000", WorkingDir: "/", Labels: result.Labels}
	for n := range config.History {
		config.History[n] = v1.History{Created: v1.Time{Time: epoch}, CreatedBy: "autoseg package"}
	}
	if img, err = mutate.ConfigFile(img, config); err != nil {
		return nil, err
	}
	digest, err := img.Digest()
	result.Digest = digest.String()
	return img, err
}
