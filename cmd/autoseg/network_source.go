package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/inspect"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/loss"
	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/network"
	"github.com/autoseg/autoseg/weights"
)

// networkSource are the flags that name a network with weights.
type networkSource struct {
	model, fold string
	// config and weights name a classic network without a plan.
	config, weights string
}

func (s *networkSource) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.model, "model", "", "take the network from the model folder `DIR`")
	cmd.Flags().StringVar(&s.fold, "fold", "0", "use the weights of fold `K`")
	cmd.Flags().StringVar(&s.config, "arch-config", "", "take a classic network from the JSON `FILE` instead")
	cmd.Flags().StringVar(&s.weights, "weights", "", "with --arch-config: its weights in `FILE.npz`")
}

// open reads the network that the flags name.
func (s *networkSource) open(a *app) (*inspect.Network, error) {
	switch {
	case s.model != "" && s.config != "":
		return nil, usagef("--model and --arch-config both name a network; give one of them")
	case s.config != "" && s.weights == "":
		return nil, usagef("--weights is missing: the weights of the network in --arch-config")
	case s.model == "" && s.config == "":
		return nil, usagef("--model is missing: the network to look at; or --arch-config with --weights")
	case s.config != "":
		return s.openClassic(a)
	}
	return s.openModel(a)
}

func (s *networkSource) openModel(a *app) (*inspect.Network, error) {
	folder, err := model.Open(filepath.Clean(s.model), model.Final)
	if err != nil {
		return nil, err
	}
	fold, err := folder.Weights(s.fold)
	if err != nil {
		return nil, err
	}
	c, err := folder.Plans.Configuration(fold.Configuration)
	if err != nil {
		return nil, err
	}
	labelling := folder.Description.Labelling
	l, err := loss.ForPlan(c, labelling)
	if err != nil {
		return nil, fault.Input(err)
	}
	executor, err := a.executor()
	if err != nil {
		return nil, err
	}
	return &inspect.Network{Architecture: c.Architecture, Classes: labelling.Heads(), Weights: fold.Tensors,
		Loss: l, Executor: executor}, nil
}

func (s *networkSource) openClassic(a *app) (*inspect.Network, error) {
	n, _, err := classicNetwork(a, s.config)
	if err != nil {
		return nil, err
	}
	n.Weights, err = weights.ReadNumPy(s.weights)
	return n, fault.Input(err)
}

// classicNetwork reads a network from a config file, without weights.
func classicNetwork(a *app, path string) (*inspect.Network, *network.Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fault.Input(err)
	}
	c, err := network.ReadConfig(text)
	if err != nil {
		return nil, nil, fault.Input(fmt.Errorf("%s: %w", path, err))
	}
	n, err := configured(a, c)
	return n, c, err
}

// configured makes the network of a config, without weights. Its loss is the one of labels.
func configured(a *app, c *network.Config) (*inspect.Network, error) {
	arch, err := c.Architecture()
	if err != nil {
		return nil, fault.Input(err)
	}
	executor, err := a.executor()
	if err != nil {
		return nil, err
	}
	return &inspect.Network{Architecture: arch, Classes: c.Classes, Executor: executor, Loss: loss.ForLabels{Ignore: loss.NoIgnore}}, nil
}
