// Package random holds the module's random generators: numpy's legacy generator, which nnU-Net's
// folds, fingerprint samples and class locations are drawn from, and streams derived from
// (seed, purpose, indices), which everything of our own is drawn from.
package random

// Legacy is numpy's RandomState for a scalar seed: the Mersenne twister MT19937 with numpy's bounded
// integers (masked rejection). Its draws equal numpy's, number by number.
type Legacy struct {
	state    [624]uint32
	position int
}

// NewLegacy returns the generator of numpy.random.RandomState(seed).
func NewLegacy(seed uint32) *Legacy {
	l := &Legacy{position: 624}
	l.state[0] = seed
	for i := uint32(1); i < 624; i++ {
		previous := l.state[i-1]
		l.state[i] = 1812433253*(previous^previous>>30) + i
	}
	return l
}

// Uint32 returns the next 32 random bits.
func (l *Legacy) Uint32() uint32 {
	if l.position == 624 {
		l.refill()
	}
	y := l.state[l.position]
	l.position++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

func (l *Legacy) refill() {
	s := &l.state
	for i := range 227 {
		s[i] = twist(s[i], s[i+1], s[i+397])
	}
	for i := 227; i < 623; i++ {
		s[i] = twist(s[i], s[i+1], s[i-227])
	}
	s[623] = twist(s[623], s[0], s[396])
	l.position = 0
}

func twist(word, next, far uint32) uint32 {
	y := word&0x80000000 | next&0x7fffffff
	return far ^ y>>1 ^ -(y&1)&0x9908b0df
}

// Interval returns a number in [0, limit], both ends included, as numpy's rk_interval does; limit
// must fit 32 bits. A limit of 0 draws nothing.
func (l *Legacy) Interval(limit int) int {
	if limit == 0 {
		return 0
	}
	mask := uint32(limit)
	mask |= mask >> 1
	mask |= mask >> 2
	mask |= mask >> 4
	mask |= mask >> 8
	mask |= mask >> 16
	for {
		if v := l.Uint32() & mask; v <= uint32(limit) {
			return int(v)
		}
	}
}

// Shuffle permutes n things as numpy's shuffle does.
func (l *Legacy) Shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i >= 1; i-- {
		swap(i, l.Interval(i))
	}
}

// Permutation returns the numbers 0 to n-1 in random order, as numpy's permutation(n) does.
func (l *Legacy) Permutation(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	l.Shuffle(n, func(i, j int) { p[i], p[j] = p[j], p[i] })
	return p
}
