package plans

// Recipe is how a configuration is trained, each part on one line as a plan has it, with every parameter.
type Recipe struct {
	Loss      string `yaml:"loss" json:"loss"`
	Optimizer string `yaml:"optimizer" json:"optimizer"`
	Schedule  string `yaml:"schedule" json:"schedule"`
}

// Recipe returns how the configuration is trained; what it is silent about is nnU-Net's.
func (c *Configuration) Recipe() Recipe {
	l, o, s := c.Loss, c.Optimiser, c.Schedule
	if l.Name == "" {
		l, _ = DefaultLoss(DiceCE)
	}
	if o.Name == "" {
		o, _ = DefaultOptimiser(SGD)
	}
	if s.Name == "" {
		s, _ = DefaultSchedule(Poly)
	}
	return Recipe{oneLine(l.tree()), oneLine(o.tree()), oneLine(s.tree())}
}
