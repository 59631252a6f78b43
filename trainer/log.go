package trainer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// LogFile is the name of the log in a fold's folder: one JSON object per line, described in
// docs/reference/log.md.
const LogFile = "log.jsonl"

// Event is one line of the log. Only the fields that belong to its kind are written.
type Event struct {
	Time time.Time `json:"time"`
	// Event is the kind: start, resume, schedule, epoch, checkpoint, best, warning, rollback, interrupted,
	// watch, validation, finish.
	Event string `json:"event"`
	// Epoch is the epoch, from 0.
	Epoch     int     `json:"epoch"`
	Iteration int     `json:"iteration,omitempty"`
	Message   string  `json:"message,omitempty"`
	Rate      float64 `json:"rate,omitempty"`

	TrainLoss      *number  `json:"train_loss,omitempty"`
	ValidationLoss *number  `json:"validation_loss,omitempty"`
	Dice           []number `json:"dice,omitempty"`
	MeanDice       *number  `json:"mean_dice,omitempty"`
	EMA            *number  `json:"ema_dice,omitempty"`
	Seconds        float64  `json:"seconds,omitempty"`
	Waited         *float64 `json:"loader_wait_seconds,omitempty"`
	Cases          []string `json:"cases,omitempty"`
	Segment        *Segment `json:"schedule,omitempty"`
	// Slice is the slice of the preprocessed case that pictures show.
	Slice    *int `json:"slice,omitempty"`
	Settings any  `json:"settings,omitempty"`
}

// journal appends events to the log.
type journal struct{ file *os.File }

// openJournal opens the log for appending; half a line at its end, from a kill, is cut off.
func openJournal(dir string) (*journal, error) {
	path := filepath.Join(dir, LogFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	content, err := os.ReadFile(path)
	if err == nil {
		whole := int64(bytes.LastIndexByte(content, '\n') + 1)
		if err = f.Truncate(whole); err == nil {
			_, err = f.Seek(whole, 0)
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open log: %w", err)
	}
	return &journal{f}, nil
}

// add writes one event in one piece.
func (j *journal) add(e Event) error {
	e.Time = time.Now().UTC().Truncate(time.Millisecond)
	line, err := json.Marshal(e)
	if err == nil {
		_, err = j.file.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	return nil
}

func (j *journal) Close() error { return j.file.Close() }
