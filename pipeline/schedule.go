package pipeline

// Schedule is the resolved length of training: what --budget or --epochs came to.
type Schedule struct {
	// Budget is the wall-clock limit that the lengths were made for, as text ("30m0s"), or "".
	Budget string `yaml:"budget,omitempty"`
	// Configurations holds the length of training by configuration.
	Configurations map[string]Length `yaml:"configurations"`
}

// Length is the length of the training of one fold.
type Length struct {
	Epochs     int `yaml:"epochs"`
	Iterations int `yaml:"iterations"`
	// Validations is the number of validation batches at the end of every epoch.
	Validations int `yaml:"validations"`
}
