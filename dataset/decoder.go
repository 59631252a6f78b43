package dataset

// Decoder is Labelling.Decode for heads that come one after the other, so that the logits of one
// slice of all heads need not be in memory together. It decodes one slice at a time.
type Decoder struct {
	labelling Labelling
	values    []int
	regions   bool
	best      []float32
}

// Decoder returns a decoder. It belongs to one goroutine.
func (l Labelling) Decoder() *Decoder {
	return &Decoder{labelling: l, values: l.All(), regions: l.HasRegions()}
}

// Head adds head h, where heads come from 0 upwards. Head 0 begins a slice; after the last head dst
// holds what Decode makes of all of them. It panics when lengths do not fit.
func (d *Decoder) Head(dst []uint16, h int, logits []float32) {
	if len(logits) != len(dst) {
		panic("dataset: Decoder with a head and labels of different lengths")
	}
	if d.regions {
		d.region(dst, h, logits)
		return
	}
	value := uint16(d.values[h])
	if h == 0 {
		d.best = append(d.best[:0], logits...)
		for i := range dst {
			dst[i] = value
		}
		return
	}
	best := d.best[:len(logits)]
	for i, v := range logits {
		if v > best[i] {
			best[i], dst[i] = v, value
		}
	}
}

func (d *Decoder) region(dst []uint16, h int, logits []float32) {
	if h == 0 {
		clear(dst)
	}
	value := uint16(d.labelling.order[h])
	for i, v := range logits {
		if aboveHalf(v) {
			dst[i] = value
		}
	}
}
