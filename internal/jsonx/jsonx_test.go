package jsonx

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
)

func TestFloatIsPythonsRepr(t *testing.T) {
	// Expected values typed from a Python 3 session.
	for want, v := range map[string]float64{
		"0.0": 0, "-0.0": math.Copysign(0, -1), "1.0": 1, "-2.5": -2.5, "1e-05": 1e-5, "0.0001": 1e-4,
		"0.7421879768371582": float64(float32(0.742188)), "1e+16": 1e16, "9999999999999998.0": 9999999999999998,
		"1.5e-10": 1.5e-10, "1e+100": 1e100, "NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1),
		"5e-324": math.SmallestNonzeroFloat64, "1.7976931348623157e+308": math.MaxFloat64, "123456789012.0": 123456789012,
	} {
		if got := Float(v); got != want {
			t.Errorf("Float(%g) = %s, want %s", v, got, want)
		}
	}
}

func TestParseKeepsOrderAndDigits(t *testing.T) {
	in := `{"b": 1.0, "a": [NaN, -Infinity, 0.50, 1E5, "ö\n"], "c": {"z": null, "y": true}, "b": 2}`
	o, err := ParseObject([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	out, err := Marshal(o, Layout{})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"b": 2, "a": [NaN, -Infinity, 0.50, 1E5, "\u00f6\n"], "c": {"z": null, "y": true}}`
	if string(out) != want {
		t.Errorf("got  %s\nwant %s", out, want)
	}
}

func TestMarshalAsPythonDoes(t *testing.T) {
	v := map[string]any{"b": []int{1, 2}, "a": 1.0, "é": "\x7f😀", "e": []int{}, "f": map[string]int{}, "n": nil, "g": [2]float32{0.5, 1}}
	out, err := Marshal(v, NNUNet)
	if err != nil {
		t.Fatal(err)
	}
	want := "{\n    \"a\": 1.0,\n    \"b\": [\n        1,\n        2\n    ],\n    \"e\": [],\n    \"f\": {},\n    \"g\": [\n        0.5,\n        1.0\n    ],\n    \"n\": null,\n    \"\\u00e9\": \"\\u007f\\ud83d\\ude00\"\n}"
	if string(out) != want {
		t.Errorf("got  %s\nwant %s", out, want)
	}
	if _, err := Marshal(struct{}{}, NNUNet); err == nil {
		t.Error("a struct was written, want an error")
	}
}

func TestParseNamesTheLine(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"empty":            {"", "line 1, column 1: the document ends"},
		"missing comma":    {"{\n\"a\": 1\n\"b\": 2}", "line 3, column 1: want a comma"},
		"single quotes":    {"{'a': 1}", "line 1, column 2: want a key in double quotes"},
		"word":             {"[1, maybe]", `"maybe" is no JSON value`},
		"leading zero":     {"[01]", `"01" is no JSON value`},
		"trailing":         {"{} x", "text after the end"},
		"unclosed string":  {"[\"a\n\"]", "without closing quote"},
		"trailing comma":   {"[1,]", "is no JSON value"},
		"deep":             {strings.Repeat("[", 5000), "levels of nesting"},
		"truncated object": {`{"a": 1`, "want a comma or }"},
	} {
		if _, err := Parse([]byte(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestGoldenFingerprintSurvivesByteForByte(t *testing.T) {
	in, err := os.ReadFile(golden.Shared(t, "golden", "preprocess", "mri_2ch_zero_background", "dataset_fingerprint.json"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Marshal(v, NNUNet)
	if err != nil || string(out) != string(in) {
		t.Errorf("written text differs from nnU-Net's (%v)", err)
	}
}

func TestNumberInt(t *testing.T) {
	for in, want := range map[Number]int{"3": 3, "3.0": 3, "-1": -1, "1e2": 100} {
		if got, err := in.Int(); err != nil || got != want {
			t.Errorf("%s: got %d (%v), want %d", in, got, err, want)
		}
	}
	for _, in := range []Number{"3.5", "NaN", "Infinity", "1e300"} {
		if _, err := in.Int(); err == nil {
			t.Errorf("%s was taken for a whole number", in)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a": [1, 2.5e3, NaN, "x\u00e9"], "b": {}}`))
	f.Add([]byte("\xef\xbb\xbf[]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data)
		if err != nil {
			return
		}
		for _, layout := range []Layout{{}, NNUNet} {
			text, err := Marshal(v, layout)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Parse(text)
			if err != nil {
				t.Fatalf("own output %q: %v", text, err)
			}
			if twice, _ := Marshal(again, layout); string(twice) != string(text) {
				t.Fatalf("%q became %q", text, twice)
			}
		}
	})
}
