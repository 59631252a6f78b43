package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/inspect"
	"github.com/autoseg/autoseg/internal/fault"
	"github.com/autoseg/autoseg/model"
)

func newModelCommand(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use:   "model",
		Short: "Convert trained models from and to nnU-Net v2",
		Example: examples(
			"autoseg model import nnUNetTrainer__nnUNetPlans__3d_fullres -o models/3d_fullres",
			"autoseg model export models/3d_fullres --format nnunet -o nnUNetTrainer__nnUNetPlans__3d_fullres"),
	}, newModelImportCommand(a), newModelExportCommand(a))
}

func newModelImportCommand(a *app) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "import NNUNET_DIR",
		Short: "Turn a trained-model folder of nnU-Net v2 into one of ours",
		Long: `Writes plan.yaml, dataset.json and the weights of every fold as safetensors. The checkpoints are read without
executing anything in them. predict --model takes nnU-Net's folder as it is, too.`,
		Example: examples(
			"autoseg model import nnUNetTrainer__nnUNetPlans__3d_fullres -o models/3d_fullres",
			"autoseg model import nnUNetTrainer__nnUNetPlans__2d -o models/2d --json"),
		Args: arguments("NNUNET_DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if output == "" {
				return usagef("-o is needed; see %s", helpLine(cmd))
			}
			if err := checkModel(args[0]); err != nil {
				return err
			}
			n, err := model.Import(args[0], output)
			if err != nil {
				return err
			}
			return reportWeights(a, n, output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the model to folder `DIR`")
	return cmd
}

func newModelExportCommand(a *app) *cobra.Command {
	var output, format string
	cmd := &cobra.Command{
		Use:   "export DIR",
		Short: "Turn a model folder into one that nnU-Net v2 loads",
		Long: `Writes plans.json, dataset.json and a checkpoint for every fold, with all names that nnU-Net's strict loading asks
for. Optimiser momentum is left out: the checkpoints predict and can be fine-tuned, but do not resume.`,
		Example: examples(
			"autoseg model export models/3d_fullres --format nnunet -o nnUNetTrainer__nnUNetPlans__3d_fullres",
			"autoseg model export models/2d --format nnunet -o nnUNetTrainer__nnUNetPlans__2d --json"),
		Args: arguments("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if output == "" {
				return usagef("-o is needed; see %s", helpLine(cmd))
			}
			if err := oneOf("--format", format, []string{"nnunet"}); err != nil {
				return err
			}
			n, err := model.Export(args[0], output)
			if err != nil {
				return err
			}
			return reportWeights(a, n, output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the model to folder `DIR`")
	cmd.Flags().StringVar(&format, "format", "nnunet", "write `nnunet`, the only other format there is")
	return cmd
}

// checkModel says which fold's weights are not those of the network that the model's plan describes.
func checkModel(dir string) error {
	folder, err := model.Open(dir, model.Final)
	if err != nil {
		return err
	}
	labels := folder.Description.Labelling
	for _, name := range folder.Folds {
		fold, err := folder.Weights(name)
		if err != nil {
			return err
		}
		c, err := folder.Plans.Configuration(fold.Configuration)
		if err != nil {
			return err
		}
		channels := len(c.Normalisation)
		if c.PreviousStage != "" {
			channels += len(labels.Foreground())
		}
		n := inspect.Network{Architecture: c.Architecture, Classes: labels.Heads(), Weights: fold.Tensors}
		if err := n.Fits(append(engine.Shape{1, channels}, c.PatchSize...)); err != nil {
			return fault.Input(fmt.Errorf("fold %s: %w", name, err))
		}
	}
	return nil
}

// reportWeights says how many files of weights were written.
func reportWeights(a *app, written int, output string) error {
	if a.flags.json {
		return a.printJSON(map[string]any{"written": written})
	}
	_, err := fmt.Fprintf(a.stdout, "%d files of weights written to %s\n", written, output)
	return err
}
