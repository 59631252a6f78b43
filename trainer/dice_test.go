package trainer

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
)

func TestTallyOfLabels(t *testing.T) {
	s := scoring{classes: 3, ignore: 3, voxels: 6}
	// Predictions 0 1 1 2 2 1 (the last voxel is ignored); a tie of all classes is background.
	logits := []float32{
		1, 0, 0, 0, 0, 0,
		1, 1, 2, 0, 0, 1,
		1, 0, 0, 1, 3, 0,
	}
	target := []float32{0, 1, 2, 2, 0, 3}
	tally := newTally(s.scores())
	tally.add(s, logits, target)
	if want := (Tally{[]int64{1, 1}, []int64{1, 1}, []int64{0, 1}}); !equalTally(tally, want) {
		t.Fatalf("%+v, want %+v", tally, want)
	}
	dice := tally.Dice()
	if dice[0] != 2.0/3 || dice[1] != 0.5 || math.Abs(meanDice(dice)-7.0/12) > 1e-15 {
		t.Errorf("Dice %v", dice)
	}
}

func TestTallyOfRegions(t *testing.T) {
	s := scoring{classes: 2, regions: true, ignore: 3, voxels: 3}
	logits := []float32{1, -1, 1, 0, 1, 1}
	target := []float32{1, 1, 1, 0, 0, 1, 0, 0, 1} // the last channel ignores the last voxel
	tally := newTally(s.scores())
	tally.add(s, logits, target)
	if want := (Tally{[]int64{1, 0}, []int64{0, 1}, []int64{1, 0}}); !equalTally(tally, want) {
		t.Fatalf("%+v, want %+v", tally, want)
	}
}

func TestAbsentClassesHaveNoDice(t *testing.T) {
	tally := Tally{[]int64{0, 2}, []int64{0, 0}, []int64{0, 0}}
	dice := tally.Dice()
	if !math.IsNaN(dice[0]) || meanDice(dice) != 1 {
		t.Errorf("Dice %v with mean %v, want NaN for the absent class and a mean of the other", dice, meanDice(dice))
	}
	if !math.IsNaN(meanDice([]float64{math.NaN()})) {
		t.Error("the mean of nothing must be NaN")
	}
	var a Average
	a.Add(math.NaN(), 0.1)
	a.Add(0.5, 0.1)
	a.Add(math.NaN(), 0.1)
	a.Add(1, 0.1)
	if math.Abs(a.Value-0.55) > 1e-15 {
		t.Errorf("average %v, want 0.9·0.5+0.1·1", a.Value)
	}
}

func equalTally(a, b Tally) bool {
	return slices.Equal(a.TP, b.TP) && slices.Equal(a.FP, b.FP) && slices.Equal(a.FN, b.FN)
}

func TestNumbersSurviveJSON(t *testing.T) {
	for _, v := range []float64{0, 0.1, -1e300, math.Inf(1), math.Inf(-1), math.NaN()} {
		text, err := json.Marshal(number(v))
		if err != nil {
			t.Fatal(err)
		}
		var back number
		if err := json.Unmarshal(text, &back); err != nil || math.Float64bits(float64(back)) != math.Float64bits(v) && !math.IsNaN(v) {
			t.Errorf("%v became %s and then %v (%v)", v, text, back, err)
		}
	}
}
