package pipeline

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/autoseg/autoseg/dataset"
	"github.com/autoseg/autoseg/volume"
)

// millilitres returns the volume of every foreground label of a segmentation in mL, in the order of
// Labelling.Foreground.
func millilitres(l *volume.Labels, labelling dataset.Labelling) []float64 {
	count := map[uint16]int{}
	for _, value := range l.Data {
		count[value]++
	}
	var volumes []float64
	for _, label := range labelling.Foreground() {
		volumes = append(volumes, float64(count[uint16(label)])*l.VoxelVolume()/1000)
	}
	return volumes
}

// writeVolumes writes volumes.csv: one line per case, one column per foreground label.
func writeVolumes(w io.Writer, labelling dataset.Labelling, cases []string, volumes [][]float64) error {
	out := csv.NewWriter(w)
	header := []string{"case"}
	for _, label := range labelling.Foreground() {
		header = append(header, fmt.Sprintf("%s (mL)", labelling.Name(label)))
	}
	if err := out.Write(header); err != nil {
		return err
	}
	for i, id := range cases {
		row := []string{id}
		for _, v := range volumes[i] {
			row = append(row, strconv.FormatFloat(v, 'f', 3, 64))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
