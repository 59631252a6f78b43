// Package report writes the page that people read after a run: one self-contained HTML file with the
// dataset at a glance, the plan with its reasons, training curves, validation tables with pictures of
// the worst cases, predictions, and what reproduces the run.
//
// It computes no result of its own: every number comes from a file of the run folder, so the page can
// be written again at any time. The page needs no network and no script to be read; a few lines of
// script sort its tables.
package report
