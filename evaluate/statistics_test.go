package evaluate

import (
	"bytes"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// summaryOf makes a summary of one class with the given Dice and HD per case.
func summaryOf(dice, hd []float64) *Summary {
	var cases []Case
	for i, d := range dice {
		v := Values{"Dice": d}
		if hd != nil {
			v["HD"] = hd[i]
		}
		cases = append(cases, Case{ID: string(rune('a' + i)), Metrics: map[string]Values{"1": v},
			Prediction: "pred/" + string(rune('a'+i)) + ".nii.gz", Reference: "ref/" + string(rune('a'+i)) + ".nii.gz"})
	}
	return Summarise(Labels([]int{1}), cases)
}

func TestDescribe(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	// Quartiles by hand, position q(n-1): of 1 2 3 4 they are 1.75, 2.5, 3.25; the sample deviation is √(5/3).
	for name, test := range map[string]struct {
		values []float64
		want   Statistics
	}{
		"four numbers": {[]float64{4, 2, 1, 3}, Statistics{Cases: 4, Mean: 2.5, MeanFinite: 2.5, SD: math.Sqrt(5. / 3), Median: 2.5, Q1: 1.75, Q3: 3.25}},
		"NaN is left out": {[]float64{4, nan, 2, 1, 3, nan},
			Statistics{Cases: 4, Mean: 2.5, MeanFinite: 2.5, SD: math.Sqrt(5. / 3), Median: 2.5, Q1: 1.75, Q3: 3.25}},
		"infinity is not": {[]float64{1, inf, 3}, Statistics{Cases: 3, Infinite: 1, Mean: inf, MeanFinite: 2, SD: nan, Median: 3, Q1: 2, Q3: inf}},
		"one case":        {[]float64{5}, Statistics{Cases: 1, Mean: 5, MeanFinite: 5, SD: nan, Median: 5, Q1: 5, Q3: 5}},
		"no case":         {[]float64{nan}, Statistics{Mean: nan, MeanFinite: nan, SD: nan, Median: nan, Q1: nan, Q3: nan}},
		"all infinite":    {[]float64{inf, inf}, Statistics{Cases: 2, Infinite: 2, Mean: inf, MeanFinite: nan, SD: nan, Median: inf, Q1: inf, Q3: inf}},
	} {
		t.Run(name, func(t *testing.T) {
			s := summaryOf(test.values, nil)
			s.Describe(7)
			got := s.Statistics["1"]["Dice"]
			if got.Cases != test.want.Cases || got.Infinite != test.want.Infinite {
				t.Errorf("cases: got %d, %d infinite, want %d, %d", got.Cases, got.Infinite, test.want.Cases, test.want.Infinite)
			}
			for what, v := range map[string][2]float64{"mean": {got.Mean, test.want.Mean}, "finite mean": {got.MeanFinite, test.want.MeanFinite},
				"SD": {got.SD, test.want.SD}, "median": {got.Median, test.want.Median}, "Q1": {got.Q1, test.want.Q1}, "Q3": {got.Q3, test.want.Q3}} {
				if !equal(v[0], v[1]) {
					t.Errorf("%s: got %v, want %v", what, v[0], v[1])
				}
			}
			if got.Cases > 1 && got.Infinite == 0 && !(got.Low < got.Mean && got.Mean < got.High) {
				t.Errorf("interval %v to %v does not hold the mean %v", got.Low, got.High, got.Mean)
			}
		})
	}
}

func equal(a, b float64) bool {
	return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-14*math.Abs(b)
}

func TestIntervalIsThatOfTheNormalForManyCases(t *testing.T) {
	// 400 values spread evenly over [0, 1): the mean's standard error is √(1/12/400).
	values := make([]float64, 400)
	for i := range values {
		values[i] = float64(i) / 400
	}
	s := summaryOf(values, nil)
	s.Describe(1)
	got := s.Statistics["1"]["Dice"]
	half := 1.96 * math.Sqrt(1./12/400)
	// 2000 resamples give the ends to some percent of the standard error.
	if math.Abs(got.Low-(got.Mean-half)) > 0.1*half || math.Abs(got.High-(got.Mean+half)) > 0.1*half {
		t.Errorf("got [%v, %v], want %v ± %v", got.Low, got.High, got.Mean, half)
	}
	s.Describe(1)
	if s.Statistics["1"]["Dice"] != got {
		t.Error("the same seed gives another interval")
	}
	s.Describe(2)
	if s.Statistics["1"]["Dice"] == got {
		t.Error("another seed gives the same interval")
	}
}

func TestWilcoxon(t *testing.T) {
	many := make([]float64, 60)
	for i := range many {
		many[i] = float64(i + 1)
		if i%3 == 0 {
			many[i] = -many[i]
		}
	}
	for name, test := range map[string]struct {
		d                []float64
		n                int
		w                float64
		twoSided, higher float64
		tolerance        float64
	}{
		// Darwin's maize, as in Cureton 1967 and scipy's documentation.
		"Darwin": {[]float64{6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75}, 15, 96, 0.041259765625, 0.0206298828125, 1e-15},
		// Three positive differences: one of eight sign patterns.
		"all positive": {[]float64{1, 2, 3}, 3, 6, 0.25, 0.125, 1e-15},
		// Ranks 1.5, 1.5, 3; W = 4.5; patterns with W ≥ 4.5: {3,1.5} twice and all.
		"ties":            {[]float64{2, -2, 5}, 3, 4.5, 0.75, 0.375, 1e-15},
		"zeros left out":  {[]float64{0, 1, 0, 2, 3, math.NaN()}, 3, 6, 0.25, 0.125, 1e-15},
		"nothing differs": {[]float64{0, 0}, 0, 0, 1, 1, 0},
		"infinite":        {[]float64{math.Inf(1), -1}, 2, 2, 1, 0.5, 1e-15},
		// W = 1830 - (1 + 4 + ... + 58) = 1240, mean 915, variance 60*61*121/24.
		"normal": {many, 60, 1240, 2 * upper(325/math.Sqrt(60*61*121./24)), upper(325 / math.Sqrt(60*61*121./24)), 1e-12},
	} {
		t.Run(name, func(t *testing.T) {
			got := Wilcoxon(test.d)
			if got.N != test.n || got.W != test.w {
				t.Errorf("got N %d, W %v, want %d, %v", got.N, got.W, test.n, test.w)
			}
			if math.Abs(got.TwoSided-test.twoSided) > test.tolerance || math.Abs(got.Greater-test.higher) > test.tolerance {
				t.Errorf("got p %v, one-sided %v, want %v, %v", got.TwoSided, got.Greater, test.twoSided, test.higher)
			}
		})
	}
}

// upper is the upper tail of the normal distribution.
func upper(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }

// TestWilcoxonAgainstAllSigns enumerates every pattern of signs.
func TestWilcoxonAgainstAllSigns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SliceOfN(rapid.SampledFrom([]float64{-4, -3, -2.5, -2, -1, 1, 2, 2.5, 3, 4}), 1, 8).Draw(t, "differences")
		ranks := doubledRanks(d)
		sum := func(positive func(i int) bool) (w int) {
			for i, r := range ranks {
				if positive(i) {
					w += r
				}
			}
			return w
		}
		w := sum(func(i int) bool { return d[i] > 0 })
		greater := 0
		for pattern := range 1 << len(d) {
			if sum(func(i int) bool { return pattern>>i&1 == 1 }) >= w {
				greater++
			}
		}
		if got, want := Wilcoxon(d).Greater, float64(greater)/float64(int(1)<<len(d)); got != want {
			t.Fatalf("%v: got %v, want %v", d, got, want)
		}
	})
}

func TestPaired(t *testing.T) {
	inf := math.Inf(1)
	a := summaryOf([]float64{0.9, 0.8, math.NaN(), 0.7}, []float64{1, inf, 3, inf})
	b := summaryOf([]float64{0.8, 0.6, 0.5, 0.4}, []float64{2, inf, 1, 5})
	got, err := Paired(a, b, 1)
	if err != nil {
		t.Fatal(err)
	}
	if d := got[0]; d.Metric != "Dice" || d.Pairs != 3 || math.Abs(d.Mean-0.2) > 1e-15 || !(d.Low <= d.Mean && d.Mean <= d.High) || d.Test.TwoSided != 0.25 {
		t.Errorf("Dice: got %+v", d)
	}
	if d := got[1]; d.Metric != "HD" || d.Pairs != 4 || !math.IsInf(d.Mean, 1) || d.Test.N != 3 {
		t.Errorf("HD: got %+v", d)
	}
	if _, err := Paired(a, summaryOf([]float64{1}, []float64{1}), 1); err == nil || !strings.Contains(err.Error(), "case b") {
		t.Errorf("other cases: got error %v", err)
	}
}

func TestRank(t *testing.T) {
	// Twelve cases; a beats c clearly and b hardly, b beats c.
	var a, b, c, worst []float64
	for i := range 12 {
		x := 0.5 + 0.01*float64(i)
		a, b, c, worst = append(a, x), append(b, x+0.001*float64(i%2*2-1)), append(c, x-0.1), append(worst, 0)
	}
	for name, test := range map[string]struct {
		by     RankBy
		models [][]float64
		names  []string
		want   string
	}{
		"ties are shared":           {BySignificance, [][]float64{c, a, b}, []string{"c", "a", "b"}, "a1 b1 c3"},
		"equal models":              {BySignificance, [][]float64{a, a, a}, []string{"x", "y", "z"}, "x1 y1 z1"},
		"every place":               {BySignificance, [][]float64{worst, c, a}, []string{"worst", "c", "a"}, "a1 c2 worst3"},
		"by median":                 {ByMedian, [][]float64{worst, c, a}, []string{"worst", "c", "a"}, "a1 c2 worst3"},
		"too few cases for a proof": {BySignificance, [][]float64{a[:4], c[:4]}, []string{"a", "c"}, "a1 c1"},
		"few cases by median":       {ByMedian, [][]float64{c[:4], a[:4]}, []string{"c", "a"}, "a1 c2"},
		"one model":                 {BySignificance, [][]float64{a}, []string{"a"}, "a1"},
	} {
		t.Run(name, func(t *testing.T) {
			var summaries []*Summary
			for _, m := range test.models {
				summaries = append(summaries, summaryOf(m, nil))
			}
			r, err := Rank(test.names, summaries, test.by)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range r.Models {
				got = append(got, m.Name+string(rune('0'+m.Rank)))
			}
			if s := strings.Join(got, " "); s != test.want {
				t.Errorf("got %s, want %s", s, test.want)
			}
		})
	}
	if _, err := Rank([]string{"a", "b"}, []*Summary{summaryOf(a, nil), summaryOf(a[:3], nil)}, ByMedian); err == nil {
		t.Error("other cases: no error")
	}
}

func TestCSV(t *testing.T) {
	s := Summarise([]Class{{"(1, 2)", []int{1, 2}}}, []Case{
		{ID: "a", Metrics: map[string]Values{"(1, 2)": {"Dice": 0.5, "HD": math.Inf(1)}}},
		{ID: "b", Metrics: map[string]Values{"(1, 2)": {"Dice": math.NaN(), "HD": math.NaN()}}},
	})
	var b bytes.Buffer
	if err := s.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	if want := "case,class,Dice,HD\na,\"(1, 2)\",0.5,inf\nb,\"(1, 2)\",,\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestSummaryComesBack(t *testing.T) {
	want := summaryOf([]float64{0.5, math.NaN()}, []float64{math.Inf(1), 2})
	want.Describe(1)
	path := filepath.Join(t.TempDir(), "summary.json")
	if err := want.WriteFile(path, Standard); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Names(), want.Names()) || len(got.Cases) != 2 || got.Cases[1].ID != "b" {
		t.Fatalf("got %+v", got)
	}
	for i, c := range want.Cases {
		for name, v := range c.Metrics["1"] {
			if g := got.Cases[i].Metrics["1"][name]; !equal(g, v) {
				t.Errorf("case %s %s: got %v, want %v", c.ID, name, g, v)
			}
		}
	}
	if !math.IsInf(got.Mean["1"]["HD"], 1) || got.Mean["1"]["Dice"] != 0.5 {
		t.Errorf("means: got %v", got.Mean["1"])
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"mean": {"1": {"Dice": NaN, "HD": "inf"}}, "metric_per_case": [{"metrics": {"1": {"Dice": 1}}, "prediction_file": "p"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "summary.json")
		writeBytes(t, path, text)
		if s, err := Read(path); err == nil {
			s.Describe(1)
		}
	})
}
