// Package voxels turns the bytes of voxels into numbers and back, for every file format that stores
// them plainly: any numeric type, either byte order, binary or as text.
//
//	s := voxels.Source{Reader: r, Type: voxels.Int16, Order: binary.LittleEndian, Count: n, Stored: size, Expansion: voxels.Raw}
//	data, err := s.Float32()
//
// A header is not believed: Float32 and Labels refuse a count that the file cannot hold before they
// allocate anything, and where the file is compressed memory grows with what really arrives.
//
// Numbers are widened to float32, as nnU-Net does; 64-bit integers are rounded once.
package voxels
