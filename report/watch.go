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
	Tap, Fold string
	Pictures  []watchPicture
}

// watchPicture is the output after an epoch.
type watchPicture struct {
	Caption string
	Image   template.URL

	epoch int
}

// loadWatch collects fold_K/watch/epoch_NNN/TAP.png into rows, as the papers show attention over epochs.
func loadWatch(fold string) ([]watchPart, error) {
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
			Caption: fmt.Sprintf("epoch %d", number), epoch: number,
			Image: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(content)),
		}
		tap := strings.TrimSuffix(filepath.Base(path), ".png")
		i := slices.IndexFunc(parts, func(w watchPart) bool { return w.Tap == tap })
		if i < 0 {
			i = len(parts)
			parts = append(parts, watchPart{Tap: tap, Fold: strings.TrimPrefix(filepath.Base(fold), "fold_")})
		}
		parts[i].Pictures = append(parts[i].Pictures, picture)
	}
	for _, p := range parts {
		slices.SortFunc(p.Pictures, func(a, b watchPicture) int { return a.epoch - b.epoch })
	}
	return parts, nil
}
