package dataset

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestDecoderEqualsDecode(t *testing.T) {
	background, one := Region{Name: "background", Labels: []int{0}}, Region{Name: "one", Labels: []int{1}}
	for name, entries := range map[string][]Region{
		"labels":       {background, one, {Name: "two", Labels: []int{2}}},
		"gap in order": {background, {Name: "five", Labels: []int{5}}, one},
		"regions":      {background, {Name: "whole", Labels: []int{1, 2}}, {Name: "core", Labels: []int{2}}},
	} {
		t.Run(name, func(t *testing.T) {
			var order []int
			if name == "regions" {
				order = []int{1, 2}
			}
			l, err := NewLabelling(entries, order)
			if err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			d, got, want := l.Decoder(), make([]uint16, 500), make([]uint16, 500)
			for range 3 { // a decoder is used again and again
				heads := make([][]float32, l.Heads())
				for h := range heads {
					for range want {
						heads[h] = append(heads[h], float32(rng.IntN(5)-2)) // many ties
					}
					d.Head(got, h, heads[h])
				}
				l.Decode(want, heads)
				if !slices.Equal(got, want) {
					t.Fatal("labels differ")
				}
			}
		})
	}
}
