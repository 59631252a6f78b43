package jsonx

import "testing"

func TestDifference(t *testing.T) {
	for name, c := range map[string]struct{ got, want, difference string }{
		"equal":        {`{"a": [1, 2.0, null]}`, `{"a": [1.0, 2, null]}`, ""},
		"number":       {`{"a": {"b": [1, 2]}}`, `{"a": {"b": [1, 3]}}`, ".a.b[1]: got 2, want 3"},
		"key order":    {`{"a": 1, "b": 2}`, `{"b": 2, "a": 1}`, ": keys are [a b], want [b a]"},
		"list length":  {`[1]`, `[1, 2]`, ": got [1], want [1, 2]"},
		"kind":         {`{"a": "1"}`, `{"a": 1}`, `.a: got "1", want 1`},
		"null":         {`{"a": null}`, `{"a": false}`, `.a: got null, want false`},
		"object, list": {`[]`, `{}`, `: got [], want {}`},
	} {
		got, err := Parse([]byte(c.got))
		if err != nil {
			t.Fatal(err)
		}
		want, err := Parse([]byte(c.want))
		if err != nil {
			t.Fatal(err)
		}
		if d := Difference(got, want); d != c.difference {
			t.Errorf("%s: got %q, want %q", name, d, c.difference)
		}
	}
}
