package random

// Count adds to counts how often each index occurs among n draws with replacement, the draws that
// numpy's choice(len(counts), n) makes. It is Interval in a loop, with the loop's constants kept in
// registers, for fingerprints draw 1e8 numbers per channel.
func (l *Legacy) Count(counts []uint32, n int) {
	limit := uint32(len(counts) - 1)
	if limit == 0 { // draws nothing
		counts[0] += uint32(n)
		return
	}
	mask := limit
	for shift := 1; shift < 32; shift *= 2 {
		mask |= mask >> shift
	}
	for n > 0 {
		if l.position == len(l.state) {
			l.refill()
		}
		for _, y := range l.state[l.position:] {
			l.position++
			y ^= y >> 11
			y ^= y << 7 & 0x9d2c5680
			y ^= y << 15 & 0xefc60000
			y ^= y >> 18
			if y &= mask; y <= limit {
				counts[y]++
				if n--; n == 0 {
					return
				}
			}
		}
	}
}
