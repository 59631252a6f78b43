package engine

import (
	"testing"

	"pgregory.net/rapid"
)

func TestPackKeepsLivingBlocksApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "blocks")
		var blocks []*block
		sum, peak := 0, map[int]int{}
		for range n {
			first := rapid.IntRange(0, 30).Draw(t, "first")
			b := &block{size: rapid.IntRange(1, 50).Draw(t, "size"), first: first, last: first + rapid.IntRange(0, 10).Draw(t, "life")}
			blocks = append(blocks, b)
			sum += b.size
			for i := b.first; i <= b.last; i++ {
				peak[i] += b.size
			}
		}
		total := pack(blocks)
		for i, a := range blocks {
			if a.offset < 0 || a.offset+a.size > total {
				t.Fatalf("block %d at [%d, %d) outside the arena of %d", i, a.offset, a.offset+a.size, total)
			}
			for j, b := range blocks[:i] {
				alive := a.first <= b.last && b.first <= a.last
				apart := a.offset+a.size <= b.offset || b.offset+b.size <= a.offset
				if alive && !apart {
					t.Fatalf("blocks %d and %d live at the same time and overlap", j, i)
				}
			}
		}
		for _, p := range peak {
			if total < p {
				t.Fatalf("arena of %d for %d living elements", total, p)
			}
		}
		if total > sum {
			t.Fatalf("arena of %d, larger than all blocks together (%d)", total, sum)
		}
	})
}
