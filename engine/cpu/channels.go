package cpu

import "github.com/autoseg/autoseg/engine"

// ByPlacement reports that the parts of a Concat, or the result of a SliceChannels, begin and end with
// whole blocks of channels, so that they can be ranges of the wider activation.
func (e *executor) ByPlacement(ins *engine.Instruction) bool {
	switch ins.Kind {
	case engine.Concat:
		for _, o := range ins.Operands {
			if o.Shape[1]%lanes != 0 {
				return false
			}
		}
		return true
	case engine.SliceChannels:
		a := ins.Attributes.(engine.SliceAttributes)
		return a.From%lanes == 0 && a.To%lanes == 0
	}
	return false
}

// span is a copy of count channels of one activation to another.
type span struct {
	dst, src blocked
	to, from int
	count    int
}

// copyPiece copies the channels of one piece of dst that belong to the span.
func (s span) copyPiece(p piece) {
	to := s.dst.rows(p.sample, p.block, p.from, p.to)
	for c := max(s.to, p.block*lanes); c < min(s.to+s.count, (p.block+1)*lanes); {
		k := s.from + c - s.to // the channel of src
		from := s.src.rows(p.sample, k/lanes, p.from, p.to)
		n := min(s.to+s.count-c, lanes-c%lanes, lanes-k%lanes) // as far as neither side changes its block
		if n == lanes {
			copy(to, from)
		} else {
			copyLanes(to[c%lanes:], from[k%lanes:], n)
		}
		c += n
	}
}

func copyLanes(dst, src []float32, n int) {
	for at := 0; at < len(dst); at += lanes {
		copy(dst[at:at+n], src[at:at+n])
	}
}

// bindSpans fills an activation from spans; what none covers is zero.
func (e *executor) bindSpans(dst blocked, spans []span) engine.Step {
	return &loop{e.pool, dst.tasks(), func(_, i int) {
		p := dst.piece(i)
		clear(dst.rows(p.sample, p.block, p.from, p.to))
		for _, s := range spans {
			s.copyPiece(p)
		}
	}}
}

func (e *executor) bindConcat(b *binding) (engine.Step, error) {
	dst := blockedOf(b.results[0])
	var spans []span
	at := 0
	for _, o := range b.operands {
		src := blockedOf(o)
		spans = append(spans, span{dst, src, at, 0, src.channels})
		at += src.channels
	}
	return e.bindSpans(dst, spans), nil
}

func (e *executor) bindSlice(b *binding) (engine.Step, error) {
	dst, a := blockedOf(b.results[0]), b.Attributes.(engine.SliceAttributes)
	return e.bindSpans(dst, []span{{dst, blockedOf(b.operands[0]), 0, a.From, dst.channels}}), nil
}

func (e *executor) bindPlace(b *binding) (engine.Step, error) {
	dst, a := blockedOf(b.results[0]), b.Attributes.(engine.SliceAttributes)
	return e.bindSpans(dst, []span{{dst, blockedOf(b.operands[0]), a.From, 0, a.To - a.From}}), nil
}
