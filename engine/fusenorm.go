package engine

// fuseNormActivation joins a norm with the activation behind it, forward and backward. Afterwards the
// normalised value exists nowhere: the backward instructions recompute its sign from the norm's input.
func fuseNormActivation(l *listing, executor Executor) error {
	fused := executor.Capabilities().Fused
	if !fused[NormaliseActivation] || !fused[NormActGradSums] || !fused[NormActGradInput] {
		return nil
	}
	gone := map[*Instruction]bool{}
	readers := l.consumers()
	for _, norm := range l.instructions {
		if norm.Kind == Normalise {
			if m := matchNormActivation(norm, readers); m != nil {
				m.rewrite(gone)
			}
		}
	}
	l.remove(gone)
	return nil
}

// normActivation is a norm, its activation and, in a program with gradients, what goes backward.
type normActivation struct {
	norm, activation *Instruction
	activationGrad   *Instruction
	backward         []*Instruction // NormGradSums and NormGradInput that read activationGrad
}

func matchNormActivation(norm *Instruction, readers map[*Value][]*Instruction) *normActivation {
	y := norm.Results[0]
	if y.Output {
		return nil
	}
	m := &normActivation{norm: norm}
	for _, r := range readers[y] {
		switch {
		case r.Kind == Activation && m.activation == nil:
			m.activation = r
		case r.Kind == ActivationGrad && r.Operands[0] == y && m.activationGrad == nil:
			m.activationGrad = r
		default:
			return nil
		}
	}
	if m.activation == nil {
		return nil
	}
	if a := m.activation.Attributes.(ActivationAttributes); a.Function != "relu" && a.Function != "leaky_relu" {
		return nil // the fused kernels know functions whose derivative follows from the sign
	}
	if m.activationGrad == nil {
		return m
	}
	g := m.activationGrad.Results[0]
	if g.Output {
		return nil
	}
	for _, r := range readers[g] {
		if (r.Kind != NormGradSums && r.Kind != NormGradInput) || r.Operands[0] != norm.Operands[0] || r.Operands[1] != norm.Operands[1] {
			return nil
		}
		m.backward = append(m.backward, r)
	}
	return m
}

func (m *normActivation) rewrite(gone map[*Instruction]bool) {
	attributes := FusedNorm{m.norm.Attributes.(NormAttributes), m.activation.Attributes.(ActivationAttributes)}
	x, moments, gamma, beta := m.norm.Operands[0], m.norm.Operands[1], m.norm.Operands[2], m.norm.Operands[3]
	// The fused instruction stands where the activation stood, so that its operands are there.
	a := m.activation
	a.Kind, a.Attributes, a.Definition = NormaliseActivation, attributes, nil
	a.Operands = []*Value{x, moments, gamma, beta}
	gone[m.norm] = true
	if m.activationGrad == nil {
		return
	}
	dz := m.activationGrad.Operands[1]
	gone[m.activationGrad] = true
	for _, b := range m.backward {
		b.Attributes, b.Definition = attributes, nil
		if b.Kind == NormGradSums {
			b.Kind, b.Operands = NormActGradSums, []*Value{x, moments, gamma, beta, dz}
			continue
		}
		b.Kind, b.Operands = NormActGradInput, []*Value{x, moments, gamma, beta, dz, b.Operands[4]}
	}
}
