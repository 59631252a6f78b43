package engine_test

import (
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/cpu"
)

// dumps returns the text of every pass over the graph of block, in order.
func dumps(t *testing.T) (names []string, texts map[string]string) {
	t.Helper()
	e, err := cpu.New(cpu.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	g := engine.NewGraph(engine.Float32)
	p, err := engine.Compile(g, block(t, g), e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	var all strings.Builder
	if err := p.Dump(&all); err != nil {
		t.Fatal(err)
	}
	texts = map[string]string{}
	for _, part := range strings.Split(all.String(), "after ")[1:] {
		name, text, _ := strings.Cut(part, ":\n")
		names, texts[name] = append(names, name), text
	}
	return names, texts
}

// TestDumps holds the text of every pass against what the pass is for: the lines that must be there after
// it and, with a minus in front, those that must not.
func TestDumps(t *testing.T) {
	names, texts := dumps(t)
	want := []struct {
		pass  string
		lines []string
	}{
		{"lower", []string{"v14[2 16 6 5] = conv(x, a.w, a.b)", "v22[2 32 6 5] = concat(v21, v17)", "v37[4] = channel_sum(v32)"}},
		{"drop bias before norm", []string{"v14[2 16 6 5] = conv(x, a.w)", "v37[4] = constant()", "-channel_sum"}},
		{"fuse norm and activation", []string{"v17[2 16 6 5] = normalise+activation(v14, v15, a.g, a.s)", "-activation_grad", "-= normalise("}},
		{"fuse convolution and moments", []string{"v14[2 16 6 5], v15[2 16 2] = conv+moments(x, a.w)", "-= moments("}},
		{"assign layouts", []string{"v14@1[2 16 6 5], v15[2 16 2] = conv+moments(x, a.w@3)", "v69[2 4 6 5] = convert(v26)", "b.w@2[16 16 3 3], b.w#0@2[16 16 3 3] = update("}},
		{"join channels", []string{"v17[2 16 6 5] lies in v22[2 32 6 5] from element 480 on", "v38[2 16 6 5] lies in v35[2 32 6 5] from element 0 on"}},
		{"compute in place", []string{"v51 continues v48 by norm_act_grad_input"}},
		{"plan arena", []string{"v17 v21 v22\n", "from -1 to 10: cotangent\n", ": scratch\n", " elements\n"}},
		{"place", []string{"conv+moments(v22, c.w@2)", "-concat", "-slice_channels"}},
	}
	if len(names) != len(want) {
		t.Fatalf("passes %q, want %d", names, len(want))
	}
	for i, w := range want {
		if names[i] != w.pass {
			t.Errorf("pass %d is %q, want %q", i, names[i], w.pass)
		}
		for _, line := range w.lines {
			text, absent := strings.CutPrefix(line, "-")
			if strings.Contains(texts[w.pass], text) == absent {
				t.Errorf("after %s, %q: present is not %t\n%s", w.pass, text, !absent, texts[w.pass])
			}
		}
	}
}
