package reproduce

// Report says what came out.
type Report struct {
	// Recorded and Here are the SIMD levels of the manifest and of this machine, with the architecture.
	Recorded string `json:"recorded_on"`
	Here     string `json:"replayed_on"`
	// SameLevel says that everything can be compared byte for byte.
	SameLevel bool `json:"same_level"`
	// Artefacts are in the order of the stages.
	Artefacts []Artefact `json:"artefacts"`
	// Skipped lists what is not compared, and why.
	Skipped []Skipped `json:"not_compared"`
}

// Artefact is a result that was compared.
type Artefact struct {
	Stage string `json:"stage"`
	// File is relative to the run folder.
	File  string `json:"file"`
	State State  `json:"state"`
	// Dice is the mean over the labels, where segmentations were compared by it.
	Dice *float64 `json:"dice,omitempty"`
}

// State is what a comparison said.
type State string

// The states of an artefact.
const (
	Equal   State = "equal"              // byte for byte
	Alike   State = "alike"              // by Dice, on another SIMD level
	Differs State = "differs"            // in its bytes, or too much by Dice
	Missing State = "missing"            // the replay did not make it
	Extra   State = "extra"              // the manifest does not know it
	Changed State = "changed since then" // the file beside the manifest no longer is what the manifest says
)

// Skipped is what is not compared.
type Skipped struct {
	What   string `json:"what"`
	Reason string `json:"reason"`
}

// First returns the first artefact that is neither equal nor alike, or nil.
func (r *Report) First() *Artefact {
	for i := range r.Artefacts {
		if s := r.Artefacts[i].State; s != Equal && s != Alike {
			return &r.Artefacts[i]
		}
	}
	return nil
}

// Count returns how many artefacts are in a state.
func (r *Report) Count(s State) int {
	n := 0
	for _, a := range r.Artefacts {
		if a.State == s {
			n++
		}
	}
	return n
}
