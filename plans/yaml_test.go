package plans

import (
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func parse(t testing.TB, text string) *Plans {
	t.Helper()
	p, err := Parse("plan.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func written(t testing.TB, p *Plans) string {
	t.Helper()
	text, err := p.YAML()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRewriteChangesNothing(t *testing.T) {
	text := sample(t)
	if got := written(t, parse(t, text)); got != text {
		t.Errorf("rewriting changed the plan:\n%s", got)
	}
}

func TestCommentsSurvive(t *testing.T) {
	text := sample(t)
	text = strings.Replace(text, "  3d_fullres:\n", "  # ours: from the 2021 study\n  3d_fullres: # the one we use\n", 1)
	text = strings.Replace(text, "    batch_size: 12\n", "    # agreed with the lab\n    batch_size: 12 # was 10\n", 1)
	text = strings.Replace(text, "patch_size: [48, 224, 192]", "patch_size:\n      - 48 # slices\n      - 224\n      - 192", 1)
	text = strings.Replace(text, "transpose_backward:", "# identity\n\ntranspose_backward:", 1)
	text += "# end of file\n"
	comments := []string{"# ours: from the 2021 study", "# the one we use", "# agreed with the lab", "# was 10", "# slices", "# identity", "# end of file"}

	once := written(t, parse(t, text))
	twice := written(t, parse(t, once))
	if once != twice {
		t.Errorf("a second rewrite changed the plan:\n%s\n---\n%s", once, twice)
	}
	for _, c := range comments {
		if strings.Count(once, c) != 1 {
			t.Errorf("comment %q is there %d times after a rewrite", c, strings.Count(once, c))
		}
	}
	if why := strings.Count(once, whyMark); why != strings.Count(sample(t), whyMark) {
		t.Errorf("%d reasons after a rewrite", why)
	}

	// Planned anew without low resolution: the comment on its patch moves to what is left.
	fresh := parse(t, sample(t))
	fresh.Configurations = fresh.Configurations[:1]
	for field := range fresh.Reasons {
		if strings.HasPrefix(field, "configurations.3d") {
			delete(fresh.Reasons, field)
		}
	}
	fresh.KeepComments(parse(t, text))
	anew := written(t, fresh)
	for _, c := range comments {
		if !strings.Contains(anew, c[2:]) {
			t.Errorf("comment %q got lost by planning anew", c)
		}
	}
	if strings.Count(anew, whyMark) != len(fresh.Reasons) {
		t.Errorf("%d reasons in the new plan, want %d", strings.Count(anew, whyMark), len(fresh.Reasons))
	}
}

// TestAnyCommentSurvives puts comments at random places.
func TestAnyCommentSurvives(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(sample(t), "\n"), "\n")
	rapid.Check(t, func(r *rapid.T) {
		var b strings.Builder
		var want []string
		for i, l := range lines {
			isComment := strings.HasPrefix(strings.TrimSpace(l), "#") || strings.TrimSpace(l) == ""
			indent := l[:len(l)-len(strings.TrimLeft(l, " "))]
			switch choice := rapid.IntRange(0, 40).Draw(r, "place"); {
			case isComment || i == 0:
			case choice == 0:
				want = append(want, "# before "+string(rune('a'+len(want)%26))+indent)
				b.WriteString(indent + want[len(want)-1] + "\n")
			case choice == 1:
				want = append(want, "# behind "+string(rune('a'+len(want)%26))+indent)
				l += " " + want[len(want)-1]
			}
			b.WriteString(l + "\n")
		}
		p, err := Parse("plan.yaml", []byte(b.String()))
		if err != nil {
			r.Fatalf("%v\n%s", err, b.String())
		}
		got, err := p.YAML()
		if err != nil {
			r.Fatal(err)
		}
		for _, c := range want {
			if !strings.Contains(string(got), strings.TrimSpace(c)) {
				r.Fatalf("comment %q got lost:\n%s\n-----\n%s", c, b.String(), got)
			}
		}
		if _, err := Parse("plan.yaml", got); err != nil {
			r.Fatalf("own YAML is refused: %v\n%s", err, got)
		}
	})
}

func TestWriteReplacesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.yaml")
	p := parse(t, sample(t))
	if err := p.Write(path); err != nil {
		t.Fatal(err)
	}
	q, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if written(t, q) != sample(t) {
		t.Error("the file holds something else")
	}
}

func TestExplain(t *testing.T) {
	p := parse(t, sample(t))
	var b strings.Builder
	if err := p.Explain(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"patch_size = [32, 256, 224]\n        starts from 73x480x480", "planner = default\n    nnU-Net v2's default rules"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	reasons := 0
	for _, d := range p.Decisions() {
		if d.Reason != "" {
			reasons++
		}
	}
	if reasons != len(p.Reasons) {
		t.Errorf("%d of %d reasons belong to a field", reasons, len(p.Reasons))
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample(f)))
	f.Add([]byte(`{"configurations": {"2d": {"patch_size": [8, 8], "architecture": {"arch_kwargs": {"n_stages": 2}}}}}`))
	f.Add([]byte(`{"configurations": {"2d": {"conv_kernel_sizes": [[3, 3]], "inherits_from": "2d"}}}`))
	f.Add([]byte("configurations: {2d: {patch_size: [8]}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("plan", data)
		if err != nil {
			return
		}
		text, err := p.YAML()
		if err != nil {
			t.Fatalf("a valid plan cannot be written: %v", err)
		}
		if _, err := Parse("plan", text); err != nil {
			t.Fatalf("own YAML is refused: %v\n%s", err, text)
		}
		if err := p.WriteNNUNet(new(strings.Builder)); err != nil {
			t.Fatal(err)
		}
	})
}
