package jsonx

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Number is a JSON number as written, or NaN, Infinity or -Infinity.
type Number string

// IsInt reports whether the number is written without fraction and exponent, which is what makes it
// an int in Python.
func (n Number) IsInt() bool { return n != "" && !strings.ContainsAny(string(n), ".eENI") }

// Float64 returns the nearest float64; numbers beyond its range become infinite, as in Python.
func (n Number) Float64() float64 {
	switch n {
	case "NaN":
		return math.NaN()
	case "Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	v, _ := strconv.ParseFloat(string(n), 64)
	return v
}

// Int returns the value of a number that is a whole number, written as 3 or as 3.0.
func (n Number) Int() (int, error) {
	if v, err := strconv.Atoi(string(n)); err == nil {
		return v, nil
	}
	if v := n.Float64(); v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return int(v), nil
	}
	return 0, fmt.Errorf("%s is not a whole number", string(n))
}

// Float returns what Python's repr writes for a float: the shortest digits that read back as the
// same float64, always with a point or an exponent (1.0, 1e-05, 0.7421879768371582, 1e+16), and nan
// as JSON's NaN, infinities as Infinity and -Infinity.
func Float(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	case v != 0 && (math.Abs(v) < 1e-4 || math.Abs(v) >= 1e16): // float_repr_style 'r'
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
