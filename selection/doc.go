// Package selection finds out which configuration, or which pair of configurations whose probabilities
// are averaged, predicts best in cross-validation, and which post-processing rules help it
// (nnunet-model.md 6). It reads the validation predictions, the weights and the preprocessed cases of a
// run folder and writes selection.yaml. Averaging saved probabilities of finished predictions is here
// too.
package selection
