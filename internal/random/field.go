package random

// Field is a table of random numbers without end that is computed where it is looked up, so that any
// number of workers may fill any part of an array in any order and get the same numbers.
type Field uint64

// NewField returns the table that belongs to a seed, a purpose and indices, as Derive does for streams.
func NewField(seed uint64, purpose string, indices ...int) Field {
	return Field(Derive(seed, purpose, indices...).Uint64())
}

// At returns 64 random bits, entry i of the table: the i-th output of splitmix64 (Steele, Lea and Flood
// 2014, figure 12) that starts at the field.
func (f Field) At(i int) uint64 {
	z := uint64(f) + (uint64(i)+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Chance returns entry i as a number in [0, 1), a multiple of 2^-53.
func (f Field) Chance(i int) float64 { return float64(f.At(i)>>11) * 0x1p-53 }
