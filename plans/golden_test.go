package plans

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
	"github.com/autoseg/autoseg/internal/jsonx"
)

// goldenPlans returns every plans JSON that nnU-Net wrote, by its path below the goldens.
func goldenPlans(t *testing.T) map[string]string {
	root := golden.Shared(t, "golden")
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := filepath.Base(path)
		if err == nil && strings.HasSuffix(name, ".json") && (name == "plans.json" || strings.HasPrefix(name, "nnUNet")) {
			relative, _ := filepath.Rel(root, path)
			all[relative] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("found only %d golden plans", len(all))
	}
	return all
}

func TestGoldenPlansSurvive(t *testing.T) {
	for name, path := range goldenPlans(t) {
		t.Run(name, func(t *testing.T) {
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			p, err := Read(path)
			if err != nil {
				t.Fatal(err)
			}
			sameJSON(t, "nnU-Net JSON", nnunetText(t, p), want)
			text, err := p.YAML()
			if err != nil {
				t.Fatal(err)
			}
			q, err := Parse("plan.yaml", text)
			if err != nil {
				t.Fatalf("own YAML is refused: %v\n%s", err, text)
			}
			sameJSON(t, "YAML and back", nnunetText(t, q), want)
			for _, c := range p.Names() {
				if _, err := q.Configuration(c); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func nnunetText(t *testing.T, p *Plans) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.WriteNNUNet(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sameJSON(t *testing.T, name string, got, want []byte) {
	t.Helper()
	g, err := jsonx.Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	w, err := jsonx.Parse(want)
	if err != nil {
		t.Fatal(err)
	}
	if d := jsonx.Difference(g, w); d != "" {
		t.Errorf("%s: %s", name, d)
	}
}
