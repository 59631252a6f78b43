package trainer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/weights"
)

// A checkpoint is a folder of three files:
//
//	weights.safetensors    the parameters by name
//	optimizer.safetensors  the optimiser's states; state k of a parameter is called NAME#k
//	state.json             {"format": 1, "sequence": n, "state": {...}, "files": {NAME: SHA-256}, "sha256": ...}
//
// The last field is the SHA-256 of the document with that field empty. There are two of them,
// checkpoint.a and checkpoint.b; the older one is overwritten, its state.json removed first and written
// last. So whenever the writing ends, the other one is whole.
const (
	weightsFile   = "weights.safetensors"
	optimizerFile = "optimizer.safetensors"
	stateFile     = "state.json"
	format        = 1
)

func generations() [2]string { return [2]string{"checkpoint.a", "checkpoint.b"} }

// document is the content of state.json.
type document struct {
	Format   int               `json:"format"`
	Sequence int               `json:"sequence"`
	State    *State            `json:"state"`
	Files    map[string]string `json:"files"`
	SHA256   string            `json:"sha256"`
}

// checkpoint is a state with the residents that belong to it.
type checkpoint struct {
	sequence  int
	state     *State
	residents []weights.Tensor
}

// write writes a checkpoint into a folder. announce is called at every point where a kill would leave
// something different behind; it is for tests.
func (c *checkpoint) write(dir string, announce func(point string)) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(dir, stateFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var parameters, states []weights.Tensor
	for _, t := range c.residents {
		if isState(t.Name) {
			states = append(states, t)
		} else {
			parameters = append(parameters, t)
		}
	}
	d := document{Format: format, Sequence: c.sequence, State: c.state, Files: map[string]string{}}
	for _, f := range []struct {
		name    string
		tensors []weights.Tensor
	}{{weightsFile, parameters}, {optimizerFile, states}} {
		sum := sha256.New()
		err := atomicfile.Write(filepath.Join(dir, f.name), func(w io.Writer) error {
			err := weights.EncodeSafetensors(io.MultiWriter(w, sum), f.tensors, nil)
			announce("checkpoint: before the rename of " + f.name)
			return err
		})
		if err != nil {
			return err
		}
		d.Files[f.name] = hex.EncodeToString(sum.Sum(nil))
		announce("checkpoint: after the rename of " + f.name)
	}
	text, err := d.seal()
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, stateFile), func(w io.Writer) error {
		_, err := w.Write(text)
		announce("checkpoint: before the rename of " + stateFile)
		return err
	})
}

// seal returns the document with its checksum.
func (d *document) seal() ([]byte, error) {
	d.SHA256 = ""
	text, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	d.SHA256 = hex.EncodeToString(sum[:])
	return json.Marshal(d)
}

// readDocument reads and checks a state.json.
func readDocument(dir string) (*document, error) {
	path := filepath.Join(dir, stateFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d, err := parseDocument(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

func parseDocument(text []byte) (*document, error) {
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	claimed := d.SHA256
	if d.Format != format || d.State == nil {
		return nil, fmt.Errorf("format %d, want %d", d.Format, format)
	}
	if _, err := d.seal(); err != nil || d.SHA256 != claimed {
		return nil, errors.New("the checksum is wrong")
	}
	if err := d.State.Resolved.Validate(); err != nil || len(d.State.Resolved) == 0 {
		return nil, fmt.Errorf("no valid schedule (%v)", err)
	}
	return &d, nil
}

// readCheckpoint reads a checkpoint and checks every checksum.
func readCheckpoint(dir string) (*checkpoint, error) {
	d, err := readDocument(dir)
	if err != nil {
		return nil, err
	}
	c := &checkpoint{sequence: d.Sequence, state: d.State}
	for _, name := range []string{weightsFile, optimizerFile} {
		path := filepath.Join(dir, name)
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != d.Files[name] {
			return nil, fmt.Errorf("%s: the checksum is wrong", path)
		}
		tensors, _, err := weights.DecodeSafetensors(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		c.residents = append(c.residents, tensors...)
	}
	return c, nil
}

// newestCheckpoint returns the newest whole checkpoint of a fold's folder, or nil. The findings say
// why a newer one, or one that is there at all, was left out.
func newestCheckpoint(dir string) (newest *checkpoint, findings []error) {
	for _, name := range generations() {
		folder := filepath.Join(dir, name)
		if _, err := os.Stat(folder); err != nil {
			continue
		}
		atomicfile.Sweep(folder, 0)
		c, err := readCheckpoint(folder)
		if err != nil {
			findings = append(findings, fmt.Errorf("checkpoint %s cannot be used: %w", name, err))
			continue
		}
		if newest == nil || c.sequence > newest.sequence {
			newest = c
		}
	}
	return newest, findings
}

// Status is what a fold's folder holds.
type Status struct {
	// Finished says that the training has come to its end.
	Finished bool
	// Epoch counts finished epochs, of Epochs.
	Epoch, Epochs int
	// Resolved is the schedule so far; Best the best average pseudo Dice.
	Resolved Resolved
	Best     float64
}

// ReadStatus reads how far the training in a folder is, without its weights. A folder without a whole
// checkpoint gives os.ErrNotExist.
func ReadStatus(dir string) (Status, error) {
	var newest *document
	for _, name := range generations() {
		d, err := readDocument(filepath.Join(dir, name))
		if err == nil && (newest == nil || d.Sequence > newest.Sequence) {
			newest = d
		}
	}
	if newest == nil {
		return Status{}, fmt.Errorf("%s has no checkpoint: %w", dir, os.ErrNotExist)
	}
	s := newest.State
	return Status{s.Phase == Finished, s.Epoch, s.Resolved.at(s.Epoch).Epochs, s.Resolved, float64(s.Best)}, nil
}

// other returns the folder that the checkpoint after one of a sequence number goes to.
func other(dir string, sequence int) string {
	return filepath.Join(dir, generations()[sequence%2])
}

// shortNames joins a few names.
func shortNames(names []string) string {
	const most = 12
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
