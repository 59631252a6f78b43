// Package postprocess changes finished segmentations by rules: keep the largest component, remove small
// ones, fill holes. Select decides by cross-validation which rules help, as nnU-Net does
// (nnunet-model.md 6.3). Label maps go in and are changed in place; rules and the evidence for them are
// the section "postprocessing" of selection.yaml.
//
// Components are joined through faces, edges and corners (26 neighbours, 8 within one slice), sizes are
// in mm³. The package does not know networks.
package postprocess
