package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// epochLine is what the page needs of an epoch's line in log.jsonl (docs/reference/log.md). Numbers that
// are not finite are null or words there.
type epochLine struct {
	Event      string  `json:"event"`
	Epoch      int     `json:"epoch"`
	Rate       float64 `json:"rate"`
	Train      value   `json:"train_loss"`
	Validation value   `json:"validation_loss"`
	Dice       []value `json:"dice"`
	Mean       value   `json:"mean_dice"`
	Average    value   `json:"ema_dice"`
	Seconds    float64 `json:"seconds"`
	// Time is when the line was written.
	Time time.Time `json:"time"`
	// Cases and Slice are what an event "watch" has looked at.
	Cases []string `json:"cases"`
	Slice *int     `json:"slice"`
}

// value is a number of the log, or missing.
type value struct {
	number float64
	there  bool
}

// UnmarshalJSON takes what is no number as missing.
func (v *value) UnmarshalJSON(text []byte) error {
	var f *float64
	if err := json.Unmarshal(text, &f); err == nil && f != nil {
		v.number, v.there = *f, true
	}
	return nil
}

// loadFold reads the log of one training.
func loadFold(dir string) (foldPart, error) {
	f := foldPart{Name: strings.TrimPrefix(filepath.Base(dir), "fold_"), train: math.NaN(), bestD: math.NaN()}
	file, err := os.Open(filepath.Join(dir, "log.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		f.Watch, err = loadWatch(dir, nil)
		return f, err
	}
	if err != nil {
		return f, err
	}
	defer file.Close()
	var epochs []epochLine
	var validation stretch
	looks := map[int]look{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e epochLine
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		switch e.Event {
		case "epoch":
			epochs = keep(epochs, e)
		case "watch":
			looks[e.Epoch+1] = look{strings.Join(e.Cases, ", "), e.Slice}
		}
		validation.note(e)
	}
	if err := lines.Err(); err != nil {
		return f, fmt.Errorf("%s: %w", filepath.Base(file.Name()), err)
	}
	f.validation = validation.seconds()
	if f.Watch, err = loadWatch(dir, looks); err != nil {
		return f, err
	}
	return f, f.summarise(epochs)
}

// stretch is the time from the beginning of a fold's final validation to its end.
type stretch struct {
	begins     int
	start, end time.Time
}

func (s *stretch) note(e epochLine) {
	switch e.Event {
	case "validation":
		s.begins, s.start = s.begins+1, e.Time
	case "finish":
		s.end = e.Time
	}
}

// seconds is 0 where the validation was interrupted: the rest of it says nothing about all cases.
func (s *stretch) seconds() float64 {
	if s.begins != 1 || !s.end.After(s.start) {
		return 0
	}
	return s.end.Sub(s.start).Seconds()
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
	f.epochs, f.rate = len(epochs), epochs[len(epochs)-1].Rate
	for _, e := range epochs {
		f.seconds += e.Seconds
		if e.Train.there {
			f.train = e.Train.number
		}
		if e.Mean.there && !(f.bestD >= e.Mean.number) {
			f.bestD = e.Mean.number
		}
	}
	losses := []series{
		curve("training loss", epochs, func(e epochLine) value { return e.Train }),
		curve("validation loss", epochs, func(e epochLine) value { return e.Validation }),
	}
	scores := []series{curve("mean", epochs, func(e epochLine) value { return e.Mean }),
		curve("moving average", epochs, func(e epochLine) value { return e.Average })}
	for c := range epochs[0].Dice {
		if len(epochs[0].Dice) > 1 && c < 4 {
			scores = append(scores, curve(fmt.Sprintf("class %d", c+1), epochs, func(e epochLine) value {
				if c < len(e.Dice) {
					return e.Dice[c]
				}
				return value{}
			}))
		}
	}
	for _, part := range []struct {
		title string
		data  []series
	}{{"Loss", losses}, {"Pseudo Dice of the validation patches", scores}} {
		drawn, err := curves("epoch", part.data)
		if err != nil {
			return err
		}
		f.Curves = append(f.Curves, chart{part.title, drawn, colours(part.data)})
	}
	return nil
}

// curve collects a number of every epoch that has it.
func curve(name string, epochs []epochLine, of func(epochLine) value) series {
	s := series{name: name}
	for _, e := range epochs {
		if v := of(e); v.there {
			s.X, s.Y = append(s.X, float64(e.Epoch)), append(s.Y, v.number)
		}
	}
	return s
}
