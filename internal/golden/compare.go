package golden

import (
	"fmt"
	"math"
	"testing"
)

// Number is any plain numeric type.
type Number interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~int | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// Close fails the test when the arrays differ in length or anywhere by more than tolerance
// (absolute). It names the first and the largest difference.
func Close[T Number](t testing.TB, name string, got []T, want Array, tolerance float64) {
	t.Helper()
	if len(got) != len(want.Data) {
		t.Errorf("%s: %d values, want %d (shape %v)", name, len(got), len(want.Data), want.Shape)
		return
	}
	first, worst, wrong := -1, 0, 0
	for i, w := range want.Data {
		d := math.Abs(float64(got[i]) - w)
		if d <= tolerance || (math.IsNaN(w) && math.IsNaN(float64(got[i]))) {
			continue
		}
		if wrong++; first < 0 {
			first, worst = i, i
		}
		if d > math.Abs(float64(got[worst])-want.Data[worst]) {
			worst = i
		}
	}
	if wrong > 0 {
		t.Errorf("%s: %d of %d values differ by more than %g; first at %s: got %v, want %v; largest at %s: got %v, want %v",
			name, wrong, len(got), tolerance, position(first, want.Shape), got[first], want.Data[first],
			position(worst, want.Shape), got[worst], want.Data[worst])
	}
}

// LargestDifference returns the largest absolute difference of two arrays of equal length.
func LargestDifference[T Number](got []T, want Array) float64 {
	worst := 0.0
	for i, w := range want.Data {
		worst = math.Max(worst, math.Abs(float64(got[i])-w))
	}
	return worst
}

// RootMeanSquare returns the root mean square of the differences of two arrays, and of want.
func RootMeanSquare[T Number](got []T, want Array) (difference, size float64) {
	for i, w := range want.Data {
		d := float64(got[i]) - w
		difference += d * d
		size += w * w
	}
	n := float64(max(1, len(want.Data)))
	return math.Sqrt(difference / n), math.Sqrt(size / n)
}

func position(i int, shape []int) string {
	at := make([]int, len(shape))
	for k := len(shape) - 1; k >= 0; k-- {
		at[k] = i % shape[k]
		i /= shape[k]
	}
	return fmt.Sprint(at)
}
