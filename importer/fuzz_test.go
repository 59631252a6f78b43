package importer

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/autoseg/autoseg/volume"
)

// FuzzLIDC reads any bytes as an annotation and rasterises what comes out.
func FuzzLIDC(f *testing.F) {
	f.Add([]byte(`<LidcReadMessage><ResponseHeader><SeriesInstanceUid>1.2</SeriesInstanceUid></ResponseHeader><readingSession><unblindedReadNodule>` +
		`<roi><imageZposition>3</imageZposition><inclusion>TRUE</inclusion><edgeMap><xCoord>1</xCoord><yCoord>1</yCoord></edgeMap>` +
		`<edgeMap><xCoord>5</xCoord><yCoord>1</yCoord></edgeMap><edgeMap><xCoord>3</xCoord><yCoord>6</yCoord></edgeMap></roi>` +
		`</unblindedReadNodule></readingSession></LidcReadMessage>`))
	f.Add([]byte(`<IdriReadMessage/>`))
	f.Add([]byte(`<?xml version="1.0" encoding="latin1"?><LidcReadMessage>`))
	f.Add([]byte(`<LidcReadMessage><readingSession><unblindedReadNodule><roi><imageZposition>NaN</imageZposition></roi></unblindedReadNodule></readingSession></LidcReadMessage>`))
	samples, _ := filepath.Glob(filepath.Join("..", "..", "shared", "samples", "lidc-xml", "*.xml"))
	for _, s := range samples {
		if data, err := os.ReadFile(s); err == nil && len(data) < 1<<14 {
			f.Add(data)
		}
	}
	g := volume.NewGeometry([3]int{4, 8, 8}, [3]float64{1, 1, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := parseLIDC(data)
		if err != nil {
			if a != nil {
				t.Error("an annotation and an error")
			}
			if errors.Is(err, errNotLIDC) && err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if len(a.sessions) > readers {
			t.Errorf("%d readers", len(a.sessions))
		}
		l, err := rasteriser{level: 1}.rasterise(a, g)
		if err == nil && len(l.Data) != g.Voxels() {
			t.Errorf("%d labels", len(l.Data))
		}
	})
}

// FuzzContour reads any bytes as contour points and fills them.
func FuzzContour(f *testing.F) {
	f.Add([]byte("1.5 2\n3 4\n5 1\n"))
	f.Add([]byte("1e300 2\n3 NaN\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parseContour(data)
		if err != nil {
			return
		}
		p.Fill(16, 16, func(row, column int) {
			if row < 0 || row >= 16 || column < 0 || column >= 16 {
				t.Fatalf("pixel (%d, %d)", row, column)
			}
		})
	})
}

// FuzzPattern compiles and matches anything.
func FuzzPattern(f *testing.F) {
	f.Add("{case}/**/x-{n:[0-9]+}.nii(.gz)?", "a/b/x-1.nii")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		p, err := compile(pattern)
		if err != nil {
			return
		}
		if v, ok := p.match(path); ok {
			v.fill(pattern)
			v.wanted(p)
		}
	})
}
