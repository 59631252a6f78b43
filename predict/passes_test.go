package predict_test

import (
	"testing"

	"github.com/autoseg/autoseg/plans"
	"github.com/autoseg/autoseg/predict"
)

func TestPasses(t *testing.T) {
	for name, test := range map[string]struct {
		patch []int
		shape [3]int
		want  int
	}{
		"one window":         {[]int{16, 40, 40}, [3]int{16, 40, 40}, 8},
		"a small image":      {[]int{16, 40, 40}, [3]int{3, 20, 20}, 8},
		"three along y":      {[]int{16, 40, 40}, [3]int{16, 80, 40}, 24},
		"three along all":    {[]int{16, 40, 40}, [3]int{32, 80, 80}, 27 * 8},
		"2D, slice by slice": {[]int{40, 40}, [3]int{5, 40, 80}, 5 * 3 * 4},
	} {
		t.Run(name, func(t *testing.T) {
			if got := predict.Passes(&plans.Configuration{PatchSize: test.patch}, test.shape); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
