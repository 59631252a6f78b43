//go:build !amd64

package vector

// AVX512 returns the loops in AVX-512 assembly, which needs the features F and DQ, or nil where the
// program is not built for it.
func AVX512() *Set { return nil }
