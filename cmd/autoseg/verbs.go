package main

import "github.com/spf13/cobra"

// verbs returns every verb in the order of CLI.md, which is the order of a project's life. A verb is
// added by its constructor's line here.
func verbs(a *app) []*cobra.Command {
	return []*cobra.Command{
		newRunCommand(a),
		newDemoCommand(a),
		newVerifyCommand(a),
		newFingerprintCommand(a),
		newPlanCommand(a),
		newPreprocessCommand(a),
		newTrainCommand(a),
		newPredictCommand(a),
		newEnsembleCommand(a),
		newSelectCommand(a),
		newPostprocessCommand(a),
		newEvaluateCommand(a),
		newImportCommand(a),
		newConvertCommand(a),
		newReproduceCommand(a),
		newReportCommand(a),
		newViewCommand(a),
		newPackageCommand(a),
		newAlgorithmCommand(a),
		newConfineCommand(a),
		newNetworkCommand(a),
		newModelCommand(a),
		newDoctorCommand(a),
		newBenchCommand(a),
		newVersionCommand(a),
		newCompletionCommand(a),
	}
}
