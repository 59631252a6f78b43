package layers

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the table in docs/architecture.md")

const (
	root   = "../.."
	module = "github.com/autoseg/autoseg"
)

// goPackage is the part of go list's answer that the rules need.
type goPackage struct {
	ImportPath                                    string
	Imports                                       []string
	CgoFiles, CFiles, CXXFiles, MFiles, SysoFiles []string
}

// name returns the path inside the module, "" for a foreign package.
func (p goPackage) name() string { return inModule(p.ImportPath) }

func inModule(importPath string) string {
	name, found := strings.CutPrefix(importPath, module+"/")
	if !found {
		return ""
	}
	return name
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	command := exec.Command("go", "list", "-e", "-json", "./...")
	command.Dir = root
	command.Env = append(os.Environ(), "CGO_ENABLED=1") // cgo files are only listed when cgo is on
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 5 {
		t.Fatalf("go list found %d packages: the test looks in the wrong folder", len(packages))
	}
	return packages
}

func TestImportsPointDownwards(t *testing.T) {
	table := Table()
	for _, p := range listPackages(t) {
		layer, err := Of(table, p.name())
		if err != nil {
			t.Error(err)
			continue
		}
		for _, imported := range p.Imports {
			name := inModule(imported)
			if name == "" {
				continue
			}
			below, err := Of(table, name)
			if err != nil {
				t.Error(err)
			} else if below >= layer && !ownPart(p.name(), name) {
				t.Errorf("%s (layer %d) imports %s (layer %d): imports must point strictly downwards", p.name(), layer, name, below)
			}
		}
	}
}

// ownPart reports whether imported is a private part of pkg, such as engine/cpu/internal/kernels.
func ownPart(pkg, imported string) bool {
	owner, _, found := strings.Cut(imported, "/internal/")
	return found && (pkg == owner || strings.HasPrefix(pkg, owner+"/internal/"))
}

// TestRefinements checks what the order of layers alone does not say.
func TestRefinements(t *testing.T) {
	for _, p := range listPackages(t) {
		for _, imported := range p.Imports {
			if reason := forbidden(p.name(), imported); reason != "" {
				t.Errorf("%s imports %s: %s", p.name(), imported, reason)
			}
		}
		if n := len(p.CgoFiles) + len(p.CFiles) + len(p.CXXFiles) + len(p.MFiles) + len(p.SysoFiles); n > 0 {
			t.Errorf("%s has %d C or cgo files: the product is built without cgo", p.name(), n)
		}
	}
}

// forbidden returns why pkg may not import imported, or "".
func forbidden(pkg, imported string) string {
	own := inModule(imported)
	domain := own != "" && own != "engine" && !strings.HasPrefix(own, "engine/") && !strings.HasPrefix(own, "internal/")
	foreign := own == "" && strings.Contains(strings.SplitN(imported, "/", 2)[0], ".")
	within := func(folder string) bool { return pkg == folder || strings.HasPrefix(pkg, folder+"/") }
	switch {
	case imported == "C":
		return "no package uses cgo"
	case own == "internal/golden" && pkg != "engine/enginetest":
		return "goldens are for tests"
	case strings.HasPrefix(imported, "gorgonia.org/") && pkg != "engine" && pkg != "engine/op":
		return "only engine and engine/op know Gorgonia"
	case within("engine") && domain:
		return "the engine knows nothing of segmentation"
	case pkg == "volume" && foreign:
		return "volume needs nothing but the standard library"
	case pkg == "plans" && foreign && imported != "gopkg.in/yaml.v3":
		return "plans needs a YAML library and nothing else"
	case (pkg == "evaluate" || pkg == "postprocess") && (own == "network" || own == "engine" || strings.HasPrefix(own, "network/") || strings.HasPrefix(own, "engine/")):
		return "comparing and cleaning label maps needs no network"
	}
	return ""
}

func TestForbidden(t *testing.T) {
	for _, test := range []struct {
		pkg, imported string
		want          bool
	}{
		{"engine/op", "gorgonia.org/gorgonia", false},
		{"engine/cpu", "gorgonia.org/tensor", true},
		{"network", "gorgonia.org/gorgonia", true},
		{"engine/ref", module + "/volume", true},
		{"engine/ref", module + "/internal/parallel", false},
		{"volume", "fmt", false},
		{"volume", "github.com/klauspost/compress/gzip", true},
		{"plans", "gopkg.in/yaml.v3", false},
		{"evaluate", module + "/network/unet", true},
		{"trainer", module + "/internal/golden", true},
		{"cmd/autoseg", "C", true},
	} {
		if got := forbidden(test.pkg, test.imported) != ""; got != test.want {
			t.Errorf("%s imports %s: forbidden is %v, want %v", test.pkg, test.imported, got, test.want)
		}
	}
}

func TestOf(t *testing.T) {
	table := Table()
	for pkg, want := range map[string]int{
		"internal/random": 0, "volume": 1, "volume/nifti": 2, "network/block": 3, "network/unet": 4,
		"network": 5, "engine/enginetest": 4, "engine/cpu/internal/kernels": 3, "cmd/autoseg": 11,
	} {
		if got, err := Of(table, pkg); err != nil || got != want {
			t.Errorf("%s: layer %d (%v), want %d", pkg, got, err, want)
		}
	}
	if _, err := Of(table, "helpers"); err == nil {
		t.Error("an unknown package has a layer")
	}
}

// TestPin keeps Gorgonia running: without the pin, go mod tidy falls back to a version of
// assume-no-moving-gc that panics before main on current Go releases.
func TestPin(t *testing.T) {
	const pin = "go4.org/unsafe/assume-no-moving-gc v0.0.0-20231121144256-b99613f794b6"
	content, err := os.ReadFile(root + "/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), pin) {
		t.Errorf("go.mod lacks %q: put it back", pin)
	}
}

func TestDocumentedTable(t *testing.T) {
	const file, open, end = root + "/docs/architecture.md", "<!-- layers: generated by go test ./internal/layers -update -->\n", "<!-- end of layers -->"
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(content), open)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s lacks the marks %q and %q", file, open, end)
	}
	want := before + open + Markdown(Table()) + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(content)); diff != "" {
		t.Errorf("%s is out of date, run go test ./internal/layers -update (-want +got):\n%s", file, diff)
	}
}
