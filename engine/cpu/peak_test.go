package cpu

import "testing"

func TestPeak(t *testing.T) {
	for _, level := range levels() {
		one, err := Peak(Options{Workers: 1, Level: level})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %.1f GFLOP/s with one worker", level, one/1e9)
		if one < 1e8 {
			t.Errorf("%s: %g operations per second is no peak", level, one)
		}
	}
}
