//go:build !amd64

package vector

// AVX512 returns the loops in AVX-512 assembly, which needs the features F and DQ, or nil where the
// program is not built for it.
func AVX512() *Set { return nil }

// AVX2 returns the loops in AVX2 assembly with FMA, the losses in plain Go, or nil where the program is
// not built for it.
func AVX2() *Set { return nil }

// AVX512Peak is the peak of AVX-512, which this processor does not have.
func AVX512Peak() Peak { return PortablePeak() }

// AVX2Peak is the peak of AVX2 with FMA, which this processor does not have.
func AVX2Peak() Peak { return PortablePeak() }
