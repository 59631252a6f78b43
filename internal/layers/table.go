package layers

import (
	"fmt"
	"path"
	"strings"
)

// Layer is one row of the table: packages, by their path inside the module, that may not import each
// other and that may import every package of the rows below.
type Layer struct {
	// Packages are paths, or patterns in which * stands for one path element. An exact path wins over
	// a pattern of another row.
	Packages []string
	// About says in a few words what the row has in common.
	About string
}

// Table returns the layers, lowest first.
func Table() []Layer {
	return []Layer{
		{[]string{"internal/*"}, "loops, random streams, files, JSON, marked errors"},
		{[]string{"volume", "volume/dicom/codec", "plans", "engine", "internal/npy", "internal/sidecar", "internal/voxels"}, "the data models: voxels, decisions, programs; small files in fixed layouts"},
		{[]string{"internal/golden", "engine/op", "weights", "engine/cpu/*", "engine/cpu/*/gen", "volume/*", "plans/published"}, "operators, kernels and their generators, named arrays, file formats; internal/golden in tests only"},
		{[]string{"network/block", "dataset", "engine/ref", "engine/cpu", "engine/cuda"}, "bricks and executors"},
		{[]string{"network/*", "loss", "model", "importer", "fingerprint", "preprocess", "augment", "evaluate", "phantom", "engine/enginetest"}, "measuring, preparing, comparing; one folder per network family"},
		{[]string{"network", "postprocess"}, "any network by name; rules on label maps"},
		{[]string{"planner", "predict", "inspect"}, "deciding; applying weights; looking inside"},
		{[]string{"trainer"}, "making weights"},
		{[]string{"report", "report/*", "selection"}, "what the numbers say"},
		{[]string{"pipeline", "submission/algorithm"}, "the whole run; the program in a submitted image"},
		{[]string{"submission", "submission/*"}, "handing in"},
		{[]string{"cmd/*", "examples/*"}, "command line and examples"},
	}
}

// Of returns the layer of a package, given by its path inside the module.
func Of(table []Layer, pkg string) (int, error) {
	for number, layer := range table {
		for _, pattern := range layer.Packages {
			if pattern == pkg {
				return number, nil
			}
		}
	}
	for number, layer := range table {
		for _, pattern := range layer.Packages {
			if belongs(pkg, pattern) {
				return number, nil
			}
		}
	}
	return 0, fmt.Errorf("package %s is in no layer: add it to the table in internal/layers/table.go", pkg)
}

// belongs reports whether pkg matches pattern or lies in a folder's internal part below a match.
func belongs(pkg, pattern string) bool {
	owner, _, _ := strings.Cut(pkg, "/internal/")
	matched, err := path.Match(pattern, owner)
	return err == nil && matched
}

// Markdown returns the table as documentation shows it, highest layer first.
func Markdown(table []Layer) string {
	var b strings.Builder
	b.WriteString("| layer | packages | in common |\n|---|---|---|\n")
	for number := len(table) - 1; number >= 0; number-- {
		layer := table[number]
		fmt.Fprintf(&b, "| %d | `%s` | %s |\n", number, strings.Join(layer.Packages, "` `"), layer.About)
	}
	return b.String()
}
