package golden

import (
	"testing"

	"github.com/autoseg/autoseg/internal/npy"
)

// Array is a numpy array widened to float64, in C order.
type Array = npy.Array

// Npy reads a .npy file and fails the test when it cannot.
func Npy(t testing.TB, path string) Array {
	t.Helper()
	a, err := npy.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Npz reads every array of a .npz file by name (without the .npy ending).
func Npz(t testing.TB, path string) map[string]Array {
	t.Helper()
	entries, err := npy.ReadArchive(path)
	if err != nil {
		t.Fatal(err)
	}
	r := map[string]Array{}
	for _, e := range entries {
		r[e.Name] = e.Array
	}
	return r
}
