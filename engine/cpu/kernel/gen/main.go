// Command gen writes the assembly kernels of engine/cpu/kernel and their Go declarations. Run it with
// "go generate" in that folder; a test compares the committed files with what it would write.
//
// It is a plain text generator: every kernel is an explicit register allocation, which macros of the
// assembler cannot loop over and a compiler would not respect. One file per family of kernels: tile.go
// (forward and input gradient), weightgrad.go, planar.go (first layer), winograd.go (transforms),
// transpose.go, half.go (bfloat16).
package main

import (
	"log"
	"os"
)

func main() {
	for name, content := range generate() {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// halves writes what computes in bfloat16.
func halves(f *file) {
	halfTiles(f)
	winogradHalfInput(f)
}

// generate returns the files by name.
func generate() map[string][]byte {
	d := &declarations{}
	files := map[string][]byte{}
	families := map[string]func(*file){
		"zz_tile_avx512_amd64.s": func(f *file) { tiles(f, avx512) },
		"zz_tile_avx2_amd64.s":   func(f *file) { tiles(f, avx2) },
		"zz_pair_amd64.s":        pairs,
		"zz_half_amd64.s":        halves,
		"zz_grad_amd64.s":        weightGradients,
		"zz_planar_amd64.s":      planar,
		"zz_transpose_amd64.s":   transposes,
		"zz_winograd_amd64.s":    winograd,
	}
	for _, name := range sorted(families) {
		f := newFile(d)
		families[name](f)
		files[name] = f.bytes()
	}
	files["zz_stubs_amd64.go"] = d.bytes()
	return files
}
