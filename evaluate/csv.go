package evaluate

import (
	"encoding/csv"
	"io"
	"math"
	"strconv"

	"github.com/autoseg/autoseg/internal/atomicfile"
)

// WriteCSVFile writes the table of all cases by temporary file and rename.
func (s *Summary) WriteCSVFile(path string) error {
	return atomicfile.Write(path, s.WriteCSV)
}

// WriteCSV writes one line per case and class. An undefined value is an empty field, an infinite one
// "inf".
func (s *Summary) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	names := s.Names()
	if err := out.Write(append([]string{"case", "class"}, names...)); err != nil {
		return err
	}
	for _, c := range s.Cases {
		for _, class := range s.Classes {
			row := []string{c.ID, class.Key}
			for _, name := range names {
				row = append(row, csvField(c.Metrics[class.Key], name))
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func csvField(v Values, name string) string {
	x, ok := v[name]
	switch {
	case !ok || math.IsNaN(x):
		return ""
	case math.IsInf(x, 0):
		return "inf"
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}
