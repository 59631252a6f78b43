package engine

// Rule is an optimiser's update rule. The learning rate and the step number come with every run.
type Rule struct {
	// Method is sgd, adam or adamw.
	Method string
	// Momentum and Nesterov belong to sgd: v <- momentum*v + g, p <- p - rate*(g + momentum*v) with
	// Nesterov and p - rate*v without, as PyTorch does (the rate is not folded into v).
	Momentum float64
	Nesterov bool
	// Beta1, Beta2 and Epsilon belong to adam and adamw.
	Beta1, Beta2, Epsilon float64
	// WeightDecay is added to the gradient as decay*p (sgd, adam) or taken off the parameter as
	// rate*decay*p (adamw).
	WeightDecay float64
	// ClipNorm scales all gradients by min(1, ClipNorm/(norm+1e-6)) with their common Euclidean norm;
	// 0 leaves them alone.
	ClipNorm float64
}

// States returns how many arrays of the parameter's size the rule keeps per parameter.
func (r Rule) States() int {
	switch {
	case r.Method == "adam" || r.Method == "adamw":
		return 2
	case r.Momentum != 0:
		return 1
	}
	return 0
}

// UpdateAttributes are the attributes of Update.
type UpdateAttributes struct{ Rule }

// Moment is what changes from run to run: it reaches every step.
type Moment struct {
	// Rate is the learning rate.
	Rate float64
	// Step counts the updates from 1.
	Step int
	// Seed is the stream that random operators draw from in this run.
	Seed uint64
	// Epoch counts the epochs from 0, for losses whose parts change their weight from one to the next.
	Epoch int
}
