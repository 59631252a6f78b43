package volume

import "testing"

func TestPolygonFill(t *testing.T) {
	for _, c := range []struct {
		name    string
		outline Polygon
		want    string // a 4 x 5 plane, row by row
	}{
		{"a square between centres", Polygon{{0.5, 0.5}, {2.5, 0.5}, {2.5, 2.5}, {0.5, 2.5}}, "....." + ".xx.." + ".xx.." + "....."},
		{"a square on centres", Polygon{{1, 1}, {3, 1}, {3, 3}, {1, 3}}, "....." + ".xx.." + ".xx.." + "....."},
		{"beyond the plane", Polygon{{-9, -9}, {1.5, -9}, {1.5, 99}, {-9, 99}}, "xx..." + "xx..." + "xx..." + "xx..."},
		{"its own hole by a cut", Polygon{{-.5, -.5}, {4.5, -.5}, {4.5, 3.5}, {-.5, 3.5}, {-.5, -.5}, {.5, .5}, {.5, 2.5}, {3.5, 2.5}, {3.5, .5}, {.5, .5}},
			"xxxxx" + "x...x" + "x...x" + "xxxxx"},
		{"a line", Polygon{{0, 0}, {4, 3}}, "....." + "....." + "....." + "....."},
		{"nothing", nil, "....." + "....." + "....." + "....."},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := []byte("....................")
			c.outline.Fill(4, 5, func(row, column int) { got[5*row+column] = 'x' })
			if string(got) != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
