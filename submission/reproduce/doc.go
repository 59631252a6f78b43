// Package reproduce does a run again from its manifest and says whether the same came out.
//
// In: a manifest.yaml (or the run folder around it) and the dataset. First every file of the dataset must
// have the digest that the manifest gives: a file that changed is named and nothing starts. Then the run is
// replayed in another folder: the same settings and seed, the resolved schedule instead of a budget, so
// that nothing is measured anew and the speed of the machine does not matter. Last, every result of every
// stage is compared with the digest in the manifest, in the order of the stages, so that the first one
// that differs is the cause of the others.
//
// Results are equal to the bit on the same SIMD level and architecture. On another one the files that are
// made without it (splits, and with the same architecture the fingerprint, the plan and the preprocessed
// arrays) are still compared so; segmentations are compared by Dice with those beside the manifest; weights
// and the numbers that follow from them are listed as not comparable.
//
// Out: a Report. A plan that a person edited is an input like the dataset: it is taken as it is, from the
// file beside the manifest.
package reproduce
