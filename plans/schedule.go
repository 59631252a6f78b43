package plans

import (
	"maps"
	"slices"

	"gopkg.in/yaml.v3"
)

// Schedule is how the learning rate changes over the training. The zero value is nnU-Net's, Poly.
type Schedule struct {
	// Name is one of the names below, or "" for Poly.
	Name string
	// Warmup is the number of epochs over which the rate first rises linearly.
	Warmup int
}

// The names of the schedules.
const (
	Poly     = "poly"
	Cosine   = "cosine"
	Constant = "constant"
	Plateau  = "plateau"
)

// scheduleParameters lists the schedules. Their one parameter is a whole number, which the table cannot say.
var scheduleParameters = map[string][]parameter{Poly: {}, Cosine: {}, Constant: {}, Plateau: {}}

// Schedules lists the names of the schedules.
func Schedules() []string { return slices.Sorted(maps.Keys(scheduleParameters)) }

// DefaultSchedule returns a schedule without a warm-up.
func DefaultSchedule(name string) (Schedule, error) {
	s := Schedule{Name: name}
	err := usual(scheduleParameters, name, s.number)
	return s, err
}

func (s *Schedule) number(string) *float64 { return nil }

func (d *decoder) schedule(n *yaml.Node, path string) Schedule {
	var s Schedule
	d.choice(n, path, scheduleParameters, func(name string) (fields []field, err error) {
		s, err = DefaultSchedule(name)
		return []field{{"warmup", into(&s.Warmup, d.integer)}}, err
	})
	return s
}

// schedule checks the warm-up.
func (v *validator) schedule(path string, s *Schedule) {
	if v.choice(path, s.Name, scheduleParameters, s.number) && (s.Warmup < 0 || s.Warmup > 1e6) {
		v.fail(join(path, "warmup"), "is %d epochs; want 0 or more", s.Warmup)
	}
}

// tree writes the name and, where there is one, the warm-up.
func (s *Schedule) tree() *yaml.Node {
	m := choiceNode(s.Name, scheduleParameters, s.number)
	if s.Warmup != 0 {
		m.set("warmup", integerNode(s.Warmup))
	}
	return &m.node
}
