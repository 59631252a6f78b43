package plans

import "testing"

func TestModelName(t *testing.T) {
	for _, c := range []struct{ planner, family, want string }{
		{"default", "plain", "2d"}, {"resenc-l", "residual", "2d"}, {"default", "residual", "2d@residual"},
		{"default", "vnet", "2d@vnet"}, {"MyPlanner", "residual", "2d"}, {"MyPlanner", "fcn8s", "2d@fcn8s"},
	} {
		p := &Plans{Planner: c.planner}
		if got := p.ModelName(&Configuration{Name: "2d", Architecture: Architecture{Family: c.family}}); got != c.want {
			t.Errorf("planner %s, network %s: %s, want %s", c.planner, c.family, got, c.want)
		}
	}
}
