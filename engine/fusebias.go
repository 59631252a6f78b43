package engine

// dropBias removes the bias of a convolution whose result is only ever normalised: the norm subtracts
// it again, so it changes nothing and its gradient is exactly zero. The parameter itself stays.
func dropBias(l *listing, executor Executor) error {
	if !executor.Capabilities().Fused[ConvMoments] {
		return nil
	}
	readers := l.consumers()
	for _, ins := range l.instructions {
		if (ins.Kind != Conv && ins.Kind != ConvT) || len(ins.Operands) != 3 {
			continue
		}
		y := ins.Results[0]
		if y.Output || !onlyNormalised(y, readers[y]) {
			continue
		}
		bias := ins.Operands[2]
		ins.Operands = ins.Operands[:2]
		l.zeroBiasGradient(bias, y, readers)
	}
	return nil
}

// onlyNormalised reports whether every reader of y is part of a norm that takes its moments from y.
func onlyNormalised(y *Value, readers []*Instruction) bool {
	moments := false
	for _, r := range readers {
		switch r.Kind {
		case Moments:
			moments = true
		case Normalise, NormGradSums, NormGradInput:
			if r.Operands[0] != y || r.Operands[1].producer == nil || r.Operands[1].producer.Operands[0] != y {
				return false
			}
		case ConvGradWeight, ConvTGradWeight, ConvGradInput, ConvTGradInput:
			return false
		default:
			return false
		}
	}
	return moments
}

// zeroBiasGradient turns the sum that would be the bias's gradient into a constant zero. The sum reads
// the gradient of y, which the norm's backward instruction of y made.
func (l *listing) zeroBiasGradient(bias, y *Value, readers map[*Value][]*Instruction) {
	for _, back := range readers[y] {
		if back.Kind != NormGradInput {
			continue
		}
		for _, sum := range readers[back.Results[0]] {
			if sum.Kind != ChannelSum {
				continue
			}
			zero := ConstantDefinition(bias.Shape, 0)
			sum.Kind, sum.Attributes, sum.Definition, sum.Operands = Constant, zero.Attributes, zero, nil
		}
	}
}
