package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// epochLine is what the page needs of an epoch's line in log.jsonl (docs/reference/log.md).
type epochLine struct {
	Event      string   `json:"event"`
	Epoch      int      `json:"epoch"`
	Rate       float64  `json:"rate"`
	Train      *float64 `json:"train_loss"`
	Validation *float64 `json:"validation_loss"`
	Dice       *float64 `json:"mean_dice"`
	Seconds    float64  `json:"seconds"`
}

// loadFold reads the log of one training.
func loadFold(dir string) (foldPart, error) {
	f := foldPart{Name: strings.TrimPrefix(filepath.Base(dir), "fold_")}
	file, err := os.Open(filepath.Join(dir, "log.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	defer file.Close()
	var epochs []epochLine
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e epochLine
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Event == "epoch" {
			epochs = keep(epochs, e)
		}
	}
	if err := lines.Err(); err != nil {
		return f, fmt.Errorf("%s: %w", file.Name(), err)
	}
	return f, f.summarise(epochs)
}

// keep appends an epoch; a training that was resumed writes some epochs twice, and the last one counts.
func keep(epochs []epochLine, e epochLine) []epochLine {
	for len(epochs) > 0 && epochs[len(epochs)-1].Epoch >= e.Epoch {
		epochs = epochs[:len(epochs)-1]
	}
	return append(epochs, e)
}

func (f *foldPart) summarise(epochs []epochLine) error {
	if len(epochs) == 0 {
		return nil
	}
	last := epochs[len(epochs)-1]
	seconds := 0.0
	var train, validation, dice series
	train.name, validation.name, dice.name = "training loss", "validation loss", "pseudo Dice"
	for _, e := range epochs {
		seconds += e.Seconds
		for _, c := range []struct {
			s *series
			v *float64
		}{{&train, e.Train}, {&validation, e.Validation}, {&dice, e.Dice}} {
			if c.v != nil {
				c.s.X, c.s.Y = append(c.s.X, float64(e.Epoch)), append(c.s.Y, *c.v)
			}
		}
	}
	f.Facts = []fact{{"epochs", fmt.Sprint(len(epochs))}, {"time", fmt.Sprintf("%.0f s", seconds)}, {"last learning rate", fmt.Sprintf("%.3g", last.Rate)}}
	drawn, err := curves("epoch", "", []series{train, validation, dice})
	f.Curve = &chart{"Losses and pseudo Dice of the validation patches", drawn}
	return err
}
