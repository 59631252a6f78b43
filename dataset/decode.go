package dataset

import "math"

// Decode turns logits, one slice per head, into label values (nnU-Net's
// convert_logits_to_segmentation). Without regions the largest logit wins, ties go to the lowest
// label. With regions a voxel gets the value of the last region whose sigmoid exceeds one half.
// It panics when the number of heads or the lengths do not fit.
func (l Labelling) Decode(dst []uint16, logits [][]float32) {
	if len(logits) != l.Heads() {
		panic("dataset: Decode with a wrong number of heads")
	}
	for _, head := range logits {
		if len(head) != len(dst) {
			panic("dataset: Decode with heads and labels of different lengths")
		}
	}
	if l.HasRegions() {
		l.decodeRegions(dst, logits, aboveHalf)
		return
	}
	l.decodeLargest(dst, logits)
}

// DecodeProbabilities is Decode for values that went through softmax or sigmoid already, as
// averaged ensembles have.
func (l Labelling) DecodeProbabilities(dst []uint16, probabilities [][]float32) {
	if len(probabilities) != l.Heads() {
		panic("dataset: DecodeProbabilities with a wrong number of heads")
	}
	if l.HasRegions() {
		l.decodeRegions(dst, probabilities, func(p float32) bool { return p > 0.5 })
		return
	}
	l.decodeLargest(dst, probabilities)
}

func (l Labelling) decodeLargest(dst []uint16, logits [][]float32) {
	values := l.All()
	best := append([]float32(nil), logits[0]...)
	for i := range dst {
		dst[i] = uint16(values[0])
	}
	for h := 1; h < len(logits); h++ {
		value := uint16(values[h])
		for i, v := range logits[h] {
			if v > best[i] {
				best[i], dst[i] = v, value
			}
		}
	}
}

func (l Labelling) decodeRegions(dst []uint16, logits [][]float32, in func(float32) bool) {
	clear(dst)
	for h, value := range l.order {
		for i, v := range logits[h] {
			if in(v) {
				dst[i] = uint16(value)
			}
		}
	}
}

// aboveHalf reports whether the sigmoid of a logit, computed in float32 as nnU-Net does, exceeds one
// half. Tiny positive logits round to exactly one half, so the sign alone is not the answer.
func aboveHalf(logit float32) bool {
	if logit > 1e-6 || !(logit > 0) {
		return logit > 0
	}
	return 1/(1+float32(math.Exp(-float64(logit)))) > 0.5
}
