// Package residual builds nnU-Net's ResidualEncoderUNet: a stem, an encoder of residual blocks, and
// the decoder it shares with the plain network (nnunet-model.md 1.4 and 1.5).
package residual
