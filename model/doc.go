// Package model reads a trained model's folder: ours (plan.yaml, dataset.json, fold_K/*.safetensors)
// or nnU-Net v2's (plans.json, dataset.json, fold_K/checkpoint_*.pth). It says which folds there are,
// which configuration they are of, and gives a fold's weights by name. It runs nothing.
package model
