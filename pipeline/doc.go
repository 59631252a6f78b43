// Package pipeline is the whole run: from a dataset folder to trained networks, predictions and a report.
// It decides which stage is due, divides the time, and keeps the manifest; what a stage does is the
// business of the packages below.
//
// # Stages and keys
//
// A stage is a pure function of its inputs. Its key is a hash of everything that its results depend on:
// file contents, the values of the plan that it reads (not the file: a comment changes nothing), the
// schedule, the seed, and the keys of the stages before it. The manifest remembers the key and the
// SHA-256 of every result. A stage is due when its key changed, when it was not finished, or when a
// result is missing:
//
//	fingerprint     training images and labels, dataset.json
//	plan            fingerprint, planner, memory, network; an existing plan.yaml is an input, never overwritten
//	splits          the case names, or the dataset's splits_final.json
//	preprocess/C    training images and labels; spacing, axes, cropping, normalisation, resampling of C
//	train/C/fold_K  preprocess/C; patch, batch, network, loss, optimizer, schedule of C; the fold; the epochs; the seed
//	next/C          the folds of C, the first stage of a cascade; the cases of the second one
//	cv/C            the folds of C
//	select          the cross-validation of every configuration
//	predict         the weights of the selected models; the test images
//	postprocess     the raw predictions; the selected rules
//	evaluate        the predictions; labelsTs
//	report          all of the above
//
// C is a configuration, for the stages from train on with @network behind it where several networks are
// compared: they share everything before.
//
// So an edited patch size trains again on the preprocessed cases that are there, and an edited
// normalisation preprocesses again, too. A stage that was interrupted finds what it left and goes on.
//
// Paths in the manifest are relative to the dataset or to the run folder; there are no times in it, so
// equal runs write equal manifests.
package pipeline
