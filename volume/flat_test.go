package volume

import (
	"errors"
	"strings"
	"testing"
)

func TestFlat(t *testing.T) {
	if g := NewFlatGeometry(3, 4); !g.Flat() || g.Spacing != [3]float64{999, 1, 1} || g.Shape != [3]int{1, 3, 4} {
		t.Errorf("%+v", g)
	}
	if g := NewGeometry([3]int{1, 3, 4}, [3]float64{5, 1, 1}); g.Flat() {
		t.Error("a slice of known thickness is no 2D image")
	}
}

func TestLostGeometryNamesWhatIsLost(t *testing.T) {
	held := NewFlatGeometry(3, 4)
	for want, change := range map[string]func(*Geometry){
		"2 slices":   func(g *Geometry) { g.Shape[0] = 2 },
		"spacing":    func(g *Geometry) { g.Spacing[1] = 0.5 },
		"directions": func(g *Geometry) { g.Direction[0] = -1 },
		"origin":     func(g *Geometry) { g.Origin[2] = 7 },
	} {
		g := held
		change(&g)
		var lost *LostGeometry
		if err := g.HeldAs("PNG", held); !errors.As(err, &lost) || !strings.Contains(err.Error(), want) || lost.Held != held {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := held.HeldAs("PNG", held); err != nil {
		t.Error(err)
	}
}
