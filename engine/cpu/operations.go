package cpu

import (
	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/op"
)

// operation says how the executor handles a kind of instruction.
type operation struct {
	layouts func(ins *engine.Instruction) (operands, results []engine.Layout)
	// scratch returns the elements of working memory; nil means none.
	scratch func(e *executor, ins *engine.Instruction) int
	bind    func(e *executor, b *binding) (engine.Step, error)
	// alias is one more than the operand whose memory the result may take over; 0 means none.
	alias int
}

// binding is an instruction with its tensors.
type binding struct {
	*engine.Instruction
	results, operands []engine.Tensor
	scratch           engine.Tensor
}

// operations returns the table of everything that is faster than the plain definitions.
func operations() map[engine.Kind]operation {
	convolution := operation{layouts: convLayouts, scratch: convScratch, bind: (*executor).bindConv}
	weightGradient := operation{layouts: convLayouts, scratch: convScratch, bind: (*executor).bindConvGradWeight}
	separable := operation{layouts: allBlocked, bind: (*executor).bindSeparable}
	return map[engine.Kind]operation{
		engine.Convert:     {layouts: asTheyAre, scratch: convertScratch, bind: (*executor).bindConvert},
		engine.SquaredNorm: {layouts: asTheyAre, bind: (*executor).bindSquaredNorm},
		engine.Update:      {layouts: asTheyAre, bind: (*executor).bindUpdate},

		engine.Conv:            convolution,
		engine.ConvMoments:     convolution,
		engine.ConvGradInput:   convolution,
		engine.ConvT:           convolution,
		engine.ConvTGradInput:  convolution,
		engine.ConvGradWeight:  weightGradient,
		engine.ConvTGradWeight: weightGradient,

		engine.Moments:             {layouts: activations(1), scratch: normScratch, bind: (*executor).bindMoments},
		engine.Normalise:           {layouts: activations(1), bind: (*executor).bindNormalise, alias: 1},
		engine.NormaliseActivation: {layouts: activations(1), bind: (*executor).bindNormalise, alias: 1},
		engine.NormGradSums:        {layouts: activations(1, 3), scratch: normScratch, bind: (*executor).bindNormGradSums},
		engine.NormActGradSums:     {layouts: activations(1, 5), scratch: normScratch, bind: (*executor).bindNormGradSums},
		engine.NormGradInput:       {layouts: activations(1, 4), bind: (*executor).bindNormGradInput, alias: 4},
		engine.NormActGradInput:    {layouts: activations(1, 5), bind: (*executor).bindNormGradInput, alias: 5},
		engine.ChannelSum:          {layouts: activations(1), scratch: normScratch, bind: (*executor).bindChannelSum},

		engine.Add:                     {layouts: addLayouts, bind: (*executor).bindAdd, alias: 1},
		engine.Activation:              {layouts: activations(1), bind: (*executor).bindActivation, alias: 1},
		engine.ActivationGrad:          {layouts: activations(1, 2), bind: (*executor).bindActivationGrad, alias: 2},
		op.SoftmaxCrossEntropyKind:     {layouts: allPlanar, bind: (*executor).bindSoftmaxLoss},
		op.SoftmaxCrossEntropyGradKind: {layouts: allPlanar, bind: (*executor).bindSoftmaxLossGrad},
		op.SigmoidCrossEntropyKind:     {layouts: allPlanar, bind: (*executor).bindSigmoidLoss},
		op.SigmoidCrossEntropyGradKind: {layouts: allPlanar, bind: (*executor).bindSigmoidLossGrad},
		op.DiceSumsKind:                {layouts: allPlanar, scratch: diceScratch, bind: (*executor).bindDiceSums},
		op.SoftDiceGradKind:            {layouts: allPlanar, bind: (*executor).bindDiceGrad},

		op.MaxSwitchesKind:        {layouts: allBlocked, bind: (*executor).bindMaxSwitches},
		op.GatherKind:             {layouts: allBlocked, bind: (*executor).bindGather},
		op.ScatterKind:            {layouts: allBlocked, bind: (*executor).bindScatter},
		op.AveragePool:            separable,
		op.AveragePoolGrad:        separable,
		op.AveragePoolCut:         separable,
		op.AveragePoolCutGrad:     separable,
		op.UpsampleLinearKind:     separable,
		op.UpsampleLinearGradKind: separable,
		op.UpsampleTentKind:       separable,
		op.UpsampleTentGradKind:   separable,
		op.CropKind:               separable,
		op.PadKind:                separable,

		op.PReLUKind:              {layouts: activations(1), bind: (*executor).bindPReLU, alias: 1},
		op.PReLUGradKind:          {layouts: activations(1, 3), bind: (*executor).bindPReLU, alias: 3},
		op.PReLUSlopeGradKind:     {layouts: activations(1, 2), scratch: normScratch, bind: (*executor).bindPReLUSlopeGrad},
		op.GateKind:               {layouts: allBlocked, bind: (*executor).bindGate, alias: 1},
		op.GateGradKind:           {layouts: allBlocked, bind: (*executor).bindGateGrad},
		op.FixedNormGradInputKind: {layouts: activations(3), bind: (*executor).bindFixedNormGradInput, alias: 3},
		engine.Scale:              {layouts: allBlocked, bind: (*executor).bindScale, alias: 1},
		op.SoftmaxKind:            bySampleOperation,
		op.SoftmaxGradKind:        bySampleOperation,
		op.OverlapSumsKind:        {layouts: allPlanar, bind: (*executor).bindOverlapSums},
		op.OverlapSumsGradKind:    {layouts: allPlanar, bind: (*executor).bindOverlapSumsGrad},

		engine.Concat:        {layouts: allBlocked, bind: (*executor).bindConcat},
		engine.SliceChannels: {layouts: allBlocked, bind: (*executor).bindSlice},
		engine.PlaceChannels: {layouts: allBlocked, bind: (*executor).bindPlace},
	}
}

// asTheyAre keeps the layouts that the values have: for kinds that the layout pass treats on its own.
func asTheyAre(ins *engine.Instruction) (operands, results []engine.Layout) {
	for _, v := range ins.Operands {
		operands = append(operands, v.Layout)
	}
	for _, v := range ins.Results {
		results = append(results, v.Layout)
	}
	return operands, results
}

// activations takes the named operands (counted from 1) blocked and the others planar. Results are
// blocked when they are activations themselves.
func activations(which ...int) func(*engine.Instruction) (operands, results []engine.Layout) {
	return func(ins *engine.Instruction) (operands, results []engine.Layout) {
		operands = make([]engine.Layout, len(ins.Operands))
		for _, i := range which {
			operands[i-1] = Blocked
		}
		return operands, blockedIfSpatial(ins.Results)
	}
}

// addLayouts takes activations blocked unless most of a block would be zeros: those come from losses,
// which are planar.
func addLayouts(ins *engine.Instruction) (operands, results []engine.Layout) {
	if s := ins.Results[0].Shape; isActivation(s) && s[1] > lanes/2 {
		return allBlocked(ins)
	}
	return allPlanar(ins)
}

func allPlanar(ins *engine.Instruction) (operands, results []engine.Layout) {
	return make([]engine.Layout, len(ins.Operands)), make([]engine.Layout, len(ins.Results))
}

func allBlocked(ins *engine.Instruction) (operands, results []engine.Layout) {
	return blockedIfSpatial(ins.Operands), blockedIfSpatial(ins.Results)
}

func blockedIfSpatial(values []*engine.Value) []engine.Layout {
	r := make([]engine.Layout, len(values))
	for i, v := range values {
		if isActivation(v.Shape) {
			r[i] = Blocked
		}
	}
	return r
}

// operation returns how an instruction is handled. What has no loop, as activation functions other than the
// rectifiers and whatever is not on activations, is left to the definitions.
func (e *executor) operation(ins *engine.Instruction) operation {
	o, known := e.table[ins.Kind]
	if !known {
		return definitionOperation
	}
	blocks := isActivation(ins.Results[0].Shape)
	switch a := ins.Attributes.(type) {
	case engine.ActivationAttributes:
		if !blocks || !rectifies(a) {
			return pointwiseOperation
		}
	case engine.ScaleAttributes:
		if !blocks {
			return definitionOperation
		}
	}
	return o
}

// rectifies is false for activation functions other than the rectifiers.
func rectifies(a engine.ActivationAttributes) bool {
	return a.Function == "relu" || a.Function == "leaky_relu"
}

// slope returns the factor of negative values.
func slope(a engine.ActivationAttributes) float32 {
	if a.Function == "relu" {
		return 0
	}
	return float32(a.Slope)
}

// Layouts chooses the layouts of an instruction's values.
func (e *executor) Layouts(ins *engine.Instruction) (operands, results []engine.Layout) {
	operands, results = e.operation(ins).layouts(ins)
	if weights, ok := e.constantWeights(ins); ok {
		operands[1] = weights
	}
	return operands, results
}

// Alias returns the operand whose memory the result may take over.
func (e *executor) Alias(ins *engine.Instruction) int { return e.operation(ins).alias - 1 }

// Scratch returns the elements of working memory that an instruction needs.
func (e *executor) Scratch(ins *engine.Instruction) int {
	if f := e.operation(ins).scratch; f != nil {
		return f(e, ins)
	}
	return 0
}

// Bind prepares an instruction on its tensors.
func (e *executor) Bind(ins *engine.Instruction, results, operands []engine.Tensor, scratch engine.Tensor) (engine.Step, error) {
	return e.operation(ins).bind(e, &binding{ins, results, operands, scratch})
}
