package cpu

import (
	"strings"
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/enginetest"
)

func TestConformance(t *testing.T) {
	for _, level := range levels() {
		t.Run(level, func(t *testing.T) {
			enginetest.Run(t, func(workers int) engine.Executor {
				e, err := New(Options{Workers: workers, Level: level})
				if err != nil {
					t.Fatal(err)
				}
				return e
			})
		})
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"defaults", Options{}, ""},
		{"portable", Options{Level: "none", Workers: 3}, ""},
		{"unknown level", Options{Level: "sse9"}, `unknown SIMD level "sse9": use avx512, avx2 or none`},
		{"negative workers", Options{Workers: -1}, "workers is -1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := New(c.o)
			if err == nil {
				defer e.Close()
			}
			if got := errorText(err); (c.want == "") != (err == nil) || !strings.Contains(got, c.want) {
				t.Errorf("error %q, want %q", got, c.want)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
