package dicom

import (
	"context"
	"slices"
	"testing"

	"github.com/autoseg/autoseg/internal/golden"
)

// taken is a slice at a position at a trigger time.
func taken(z float64, number int, trigger string) picture {
	p := at(z)[0]
	p.uid, p.number, p.trigger = "1.2."+trigger+number3(z), number, trigger
	p.pixels = []byte{byte(number), 0, 1, 0, 2, 0, 3, 0}
	return p
}

func number3(z float64) string { return "." + number(z*1000) }

// TestMoments holds series with several frames at a position against the volumes they are.
func TestMoments(t *testing.T) {
	sameName := at(0, 5, 10)
	for i := range sameName {
		sameName[i].uid = "1.2"
	}
	for _, c := range []struct {
		name     string
		pictures []picture
		want     []int // slices of each volume
		findings []Kind
	}{
		{"two at each position, nothing to tell them apart", at(0, 0, 5, 5), []int{2, 2}, nil},
		{"a cine", []picture{taken(0, 1, "0"), taken(0, 2, "40"), taken(5, 3, "0"), taken(5, 4, "44")}, []int{2, 2}, nil},
		{"a cine without one frame", []picture{taken(0, 1, "0"), taken(0, 2, "40"), taken(5, 3, "0")}, []int{2, 1}, []Kind{Partial}},
		{"other phases at other positions", []picture{taken(0, 1, "0"), taken(0, 2, "40"), taken(5, 3, "0"), taken(5, 4, "320")}, []int{2, 1, 1}, []Kind{Partial, Partial}},
		{"unequal numbers at most positions, nothing to tell them apart", at(0, 0, 5, 5, 5, 10), []int{3}, []Kind{Ambiguous, Ambiguous}},
		{"one name for all slices", sameName, []int{3}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			volumes, _, err := Scan(context.Background(), folder(t, c.pictures...))
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			var findings []Kind
			for _, v := range volumes {
				got = append(got, v.Shape[0])
				for _, f := range v.Findings {
					findings = append(findings, f.Kind)
				}
			}
			if !slices.Equal(got, c.want) || !slices.Equal(findings, c.findings) {
				t.Errorf("volumes of %v slices, findings %v; want %v, %v", got, findings, c.want, c.findings)
			}
		})
	}
}

// TestCardiacSample shows that no picture of an incomplete cine is lost.
func TestCardiacSample(t *testing.T) {
	path := golden.Shared(t, "samples", "rvsc-cardiac-dicom", "patient09", "P09dicom")
	volumes, findings, err := Scan(context.Background(), path)
	if err != nil || len(findings) > 0 {
		t.Fatal(err, findings)
	}
	var files []string
	for _, v := range volumes {
		files = append(files, v.Files()...)
	}
	slices.Sort(files)
	if n := len(slices.Compact(files)); n != 24 {
		t.Errorf("%d of 24 pictures are in a volume", n)
	}
	// Of all trigger times, only the first is there at all three positions (the files' own elements).
	if v := volumes[0]; v.Shape[0] != 3 || v.Moment != "trigger time 0 ms" {
		t.Errorf("the first volume is %d slices at %q, want 3 at trigger time 0 ms", v.Shape[0], v.Moment)
	}
	_, err = ReadImage(path)
	refused(t, err, "there are 21 volumes, want one")
}
