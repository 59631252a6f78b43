package jsonx

import (
	"fmt"
	"slices"
)

// Difference compares two values that Parse returned and describes the first field in which they
// differ, or returns "". Keys must stand in the same order; numbers must have the same value, however
// they are written (2 equals 2.0).
func Difference(got, want any) string { return difference("", got, want) }

func difference(path string, got, want any) string {
	switch w := want.(type) {
	case *Object:
		g, ok := got.(*Object)
		if !ok {
			break
		}
		if !slices.Equal(g.Keys(), w.Keys()) {
			return fmt.Sprintf("%s: keys are %v, want %v", path, g.Keys(), w.Keys())
		}
		for i, m := range w.Members {
			if d := difference(path+"."+m.Key, g.Members[i].Value, m.Value); d != "" {
				return d
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			break
		}
		for i := range w {
			if d := difference(fmt.Sprintf("%s[%d]", path, i), g[i], w[i]); d != "" {
				return d
			}
		}
		return ""
	case Number:
		if g, ok := got.(Number); ok && (g == w || g.Float64() == w.Float64()) {
			return ""
		}
	default:
		if got == want {
			return ""
		}
	}
	return fmt.Sprintf("%s: got %s, want %s", path, show(got), show(want))
}

func show(v any) string {
	text, err := Marshal(v, Layout{})
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
