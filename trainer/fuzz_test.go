package trainer

import (
	"encoding/json"
	"testing"
)

// FuzzCheckpoint reads any bytes as the document of a checkpoint, sealed anew where they are JSON, so that the
// checksum does not keep the rest from being looked at.
func FuzzCheckpoint(f *testing.F) {
	whole := document{Format: format, Sequence: 1, State: &State{Resolved: Resolved{{Epochs: 2, Iterations: 3}}}}
	seed, err := whole.seal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"format": 1, "state": {"resolved": []}}`))
	f.Add([]byte(`{"format": 1, "state": {"resolved": [{"from": -1, "epochs": -5}], "epoch": 99}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, text := range [][]byte{data, resealed(data)} {
			d, err := parseDocument(text)
			if err != nil {
				continue
			}
			s := d.State
			if at := s.Resolved.at(s.Epoch); at.Epochs < 1 || at.Iterations < 1 {
				t.Errorf("nothing to do in epoch %d: %+v", s.Epoch, at)
			}
			if p := s.Resolved.progress(s.Epoch, 0); !(p >= 0 && p <= 1) {
				t.Errorf("progress %v in epoch %d of %+v", p, s.Epoch, s.Resolved)
			}
		}
	})
}

// resealed gives a document its right checksum.
func resealed(data []byte) []byte {
	var d document
	if json.Unmarshal(data, &d) != nil {
		return data
	}
	if sealed, err := d.seal(); err == nil {
		return sealed
	}
	return data
}
