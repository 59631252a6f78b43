package report

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// watchPart is one layer's output for the watched case, over the epochs.
type watchPart struct {
	Title, Fold string
	Pictures    []watchPicture

	tap tap
}

// watchPicture is the output after an epoch.
type watchPicture struct {
	Caption string
	Image   template.URL

	epoch int
}

// look is what an epoch's pictures show: a case and a slice of it, where the log says so.
type look struct {
	name  string
	slice *int
}

// caption names what a picture shows.
func (l look) caption(epoch int) string {
	var parts []string
	if l.name != "" {
		parts = append(parts, l.name)
	}
	if l.slice != nil {
		parts = append(parts, fmt.Sprintf("slice %d", *l.slice))
	}
	return strings.Join(append(parts, fmt.Sprintf("epoch %d", epoch)), ", ")
}

// loadWatch collects fold_K/watch/epoch_NNN/TAP.png into rows, as the papers show attention over epochs; looks
// are by epoch, counted from 1.
func loadWatch(fold string, looks map[int]look) ([]watchPart, error) {
	paths, err := filepath.Glob(filepath.Join(fold, "watch", "epoch_*", "*.png"))
	if err != nil {
		return nil, err
	}
	var parts []watchPart
	for _, path := range paths {
		number, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(filepath.Dir(path)), "epoch_"))
		if err != nil {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		picture := watchPicture{
			Caption: looks[number].caption(number), epoch: number,
			Image: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(content)),
		}
		tap := parseTap(strings.TrimSuffix(filepath.Base(path), ".png"))
		i := slices.IndexFunc(parts, func(w watchPart) bool { return w.tap == tap })
		if i < 0 {
			i = len(parts)
			parts = append(parts, watchPart{tap: tap, Fold: strings.TrimPrefix(filepath.Base(fold), "fold_")})
		}
		parts[i].Pictures = append(parts[i].Pictures, picture)
	}
	for _, p := range parts {
		slices.SortFunc(p.Pictures, func(a, b watchPicture) int { return a.epoch - b.epoch })
	}
	titleParts(parts)
	return parts, nil
}
