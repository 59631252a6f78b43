// Package challenge packs the predictions of test images into the archive that a challenge asks for: its file
// names, its file format, its label values.
//
// In go a folder of segmentations, the test images (names and grids) and the labelling; out comes a zip with
// a manifest. Before anything is written, every test image must have its prediction, on its grid, with label
// values that mean something to the challenge; every finding is reported, not only the first. Archives have
// no times in them, so that the same predictions give the same bytes.
//
// What each challenge asks for, and where that is said, stands in docs/submissions; the table is Targets.
// A challenge is added by an entry there, a page, and a line of the test.
//
// Shapes and spacings are slowest axis first (z, y, x), in voxels and mm. Nothing panics.
package challenge
