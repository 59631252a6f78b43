package engine

// fuseConvMoments lets a convolution take the statistics of its result while it is still in registers.
func fuseConvMoments(l *listing, executor Executor) error {
	if !executor.Capabilities().Fused[ConvMoments] {
		return nil
	}
	gone := map[*Instruction]bool{}
	for _, m := range l.instructions {
		if m.Kind != Moments {
			continue
		}
		conv := m.Operands[0].producer
		if conv == nil || conv.Kind != Conv || len(conv.Results) != 1 {
			continue
		}
		conv.Kind = ConvMoments
		conv.Attributes = FusedConv{conv.Attributes.(ConvAttributes), m.Attributes.(NormAttributes)}
		conv.Results = append(conv.Results, m.Results[0])
		conv.Definition = nil
		m.Results[0].producer = conv
		gone[m] = true
	}
	l.remove(gone)
	return nil
}
