package main

import (
	"bytes"
	"os"
	"testing"
)

// TestGenerated fails when the files in the repository are not what this generator writes.
func TestGenerated(t *testing.T) {
	assembly, stubs, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{"../loops_amd64.s": assembly, "../loops_amd64.go": stubs} {
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is out of date: run go generate ./engine/cpu/vector", name)
		}
	}
}
