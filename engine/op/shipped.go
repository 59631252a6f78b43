package op

import "github.com/autoseg/autoseg/engine"

// Shipped lists the kinds that a graph of this program may contain. Everything else in a graph is a
// mistake: Gorgonia's own operators on activations are slow, and some are wrong.
func Shipped() []engine.Kind {
	return []engine.Kind{
		engine.Conv, engine.ConvGradInput, engine.ConvGradWeight,
		engine.ConvT, engine.ConvTGradInput, engine.ConvTGradWeight, engine.ChannelSum,
		engine.Moments, engine.Normalise, engine.NormGradSums, engine.NormGradInput, engine.NormGradAffine,
		engine.Activation, engine.ActivationGrad,
		engine.Concat, engine.SliceChannels, engine.PlaceChannels, engine.Add,
		engine.WeightedSum, engine.Scale, engine.Constant,
		AveragePool, AveragePoolGrad, AveragePoolCut, AveragePoolCutGrad,
		MaxSwitchesKind, GatherKind, ScatterKind, CropKind, PadKind,
		UpsampleLinearKind, UpsampleLinearGradKind, UpsampleTentKind, UpsampleTentGradKind,
		PReLUKind, PReLUGradKind, PReLUSlopeGradKind, MaxoutKind, MaxoutGradKind, GateKind, GateGradKind,
		DropoutKind, FixedMomentsKind, FixedNormGradInputKind,
		InnerProductKind, ScaleByKind,
		SoftmaxCrossEntropyKind, SoftmaxCrossEntropyGradKind,
		SigmoidCrossEntropyKind, SigmoidCrossEntropyGradKind,
		DiceSumsKind, SoftDiceKind, SoftDiceGradKind,
		SoftmaxKind, SoftmaxGradKind, EpochScaleKind,
		OverlapSumsKind, OverlapSumsGradKind, OverlapLossKind, OverlapLossGradKind,
		ModulatedEntropyKind, ModulatedEntropyGradKind,
	}
}
