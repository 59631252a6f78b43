// Package npy reads and writes NumPy's array files (.npy) and archives of them (.npz): plain numeric
// types in C order, little endian. Pickled objects are refused, since reading them would run code.
package npy
