package trainer

import (
	"encoding/json"
	"math"
	"strconv"
)

// number is a float64 whose JSON has words for what JSON has no numbers for: null is NaN, "inf" and
// "-inf" are infinite.
type number float64

// MarshalJSON writes the shortest text that reads back as the same number.
func (n number) MarshalJSON() ([]byte, error) {
	switch v := float64(n); {
	case math.IsNaN(v):
		return []byte("null"), nil
	case math.IsInf(v, 1):
		return []byte(`"inf"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-inf"`), nil
	default:
		return strconv.AppendFloat(nil, v, 'g', -1, 64), nil
	}
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *number) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "null":
		*n = number(math.NaN())
		return nil
	case `"inf"`:
		*n = number(math.Inf(1))
		return nil
	case `"-inf"`:
		*n = number(math.Inf(-1))
		return nil
	}
	var v float64
	err := json.Unmarshal(text, &v)
	*n = number(v)
	return err
}

func numbers(x []float64) []number {
	r := make([]number, len(x))
	for i, v := range x {
		r[i] = number(v)
	}
	return r
}
