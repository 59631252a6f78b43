package augment

// bitScratch is the memory that morphology works in.
type bitScratch struct {
	mask, result, widened bitmap
}

// bitmap is a mask of one bit per voxel; every row of axis 2 begins at a word of its own, and the bits
// beyond the row are zero.
type bitmap struct {
	shape [3]int
	width int // words per row
	words []uint64
}

func (b *bitmap) reset(shape [3]int) {
	b.shape, b.width = shape, (shape[2]+63)/64
	b.words = grow(b.words, shape[0]*shape[1]*b.width)
	clear(b.words)
}

func (b *bitmap) row(z, y int) []uint64 {
	at := (z*b.shape[1] + y) * b.width
	return b.words[at : at+b.width]
}

// load sets the bits where x is above one half.
func (b *bitmap) load(x []float32, shape [3]int) {
	b.reset(shape)
	for r := range shape[0] * shape[1] {
		words := b.words[r*b.width:]
		for i, v := range x[r*shape[2]:][:shape[2]] {
			if v > 0.5 {
				words[i/64] |= 1 << (i % 64)
			}
		}
	}
}

// invert flips every voxel.
func (b *bitmap) invert() {
	rest := ^uint64(0)
	if n := b.shape[2] % 64; n != 0 {
		rest = 1<<n - 1
	}
	for r := 0; r < len(b.words); r += b.width {
		words := b.words[r : r+b.width]
		for i := range words {
			words[i] = ^words[i]
		}
		words[len(words)-1] &= rest
	}
}

// dilate replaces the mask: a voxel is set when any voxel that the element reaches from it is, with
// nothing beyond the border. Rows are first widened by every interval that occurs in the element, then
// joined.
func (s *bitScratch) dilate(element ball) {
	in, out, wide := &s.mask, &s.result, &s.widened
	out.reset(in.shape)
	wide.reset(in.shape)
	done := map[[2]int]bool{}
	for _, r := range element.rows {
		interval := [2]int{r.first, r.last}
		if done[interval] {
			continue
		}
		done[interval] = true
		clear(wide.words)
		for at := 0; at < len(in.words); at += in.width {
			for offset := r.first; offset <= r.last; offset++ {
				orShifted(wide.words[at:at+in.width], in.words[at:at+in.width], offset)
			}
		}
		for _, other := range element.rows {
			if other.first == r.first && other.last == r.last {
				out.join(wide, other.z, other.y)
			}
		}
	}
	out.trim()
	s.mask, s.result = s.result, s.mask
}

// join sets every voxel (z, y, x) where the other mask has (z+dz, y+dy, x).
func (b *bitmap) join(other *bitmap, dz, dy int) {
	for z := max(0, -dz); z < b.shape[0] && z+dz < b.shape[0]; z++ {
		for y := max(0, -dy); y < b.shape[1] && y+dy < b.shape[1]; y++ {
			to := b.row(z, y)
			for i, w := range other.row(z+dz, y+dy) {
				to[i] |= w
			}
		}
	}
}

// trim clears the bits beyond the rows.
func (b *bitmap) trim() {
	if n := b.shape[2] % 64; n != 0 {
		for at := b.width - 1; at < len(b.words); at += b.width {
			b.words[at] &= 1<<n - 1
		}
	}
}

// orShifted sets bit i of dst where src has bit i+offset.
func orShifted(dst, src []uint64, offset int) {
	words, bits := offset>>6, uint(offset&63) // floor division: bits is never negative
	at := func(i int) uint64 {
		if i < 0 || i >= len(src) {
			return 0
		}
		return src[i]
	}
	for i := range dst {
		v := at(i+words) >> bits
		if bits > 0 {
			v |= at(i+words+1) << (64 - bits)
		}
		dst[i] |= v
	}
}
