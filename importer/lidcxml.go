package importer

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/autoseg/autoseg/volume"
)

// The limits of an annotation file; the largest published one has 26 nodules and 6000 points.
const (
	maxAnnotation = 32 << 20
	maxPoints     = 1 << 20
	readers       = 4 // of a scan
)

// errNotLIDC is the error of an XML file that is no annotation of a CT scan.
var errNotLIDC = errors.New("is no LidcReadMessage, the annotation of a CT scan")

// annotation is what up to four readers marked on one CT scan.
type annotation struct {
	file, series string
	sessions     [][]nodule // per reader
	// small and others count marks without an outline: nodules under 3 mm, and what is no nodule.
	small, others int
}

// nodule is one reader's outline of one nodule.
type nodule []roi

// roi is the outline in one slice. The points are pixels just outside the nodule; an exclusion is a hole.
type roi struct {
	z       float64
	slice   string // unique identifier of the slice
	exclude bool
	points  volume.Polygon
}

// The file as it is written.
type (
	lidcMessage struct {
		Series   string        `xml:"ResponseHeader>SeriesInstanceUid"`
		Sessions []lidcSession `xml:"readingSession"`
	}
	lidcSession struct {
		Nodules []lidcNodule `xml:"unblindedReadNodule"`
		Others  []struct{}   `xml:"nonNodule"`
	}
	lidcNodule struct {
		ROIs []lidcROI `xml:"roi"`
	}
	lidcROI struct {
		Z         string      `xml:"imageZposition"`
		Slice     string      `xml:"imageSOP_UID"`
		Inclusion string      `xml:"inclusion"`
		Points    []lidcPoint `xml:"edgeMap"`
	}
	lidcPoint struct {
		X int `xml:"xCoord"`
		Y int `xml:"yCoord"`
	}
)

// parseLIDC reads an annotation file of LIDC-IDRI. Files of chest X-rays and other XML are errNotLIDC.
func parseLIDC(data []byte) (*annotation, error) {
	if len(data) > maxAnnotation {
		return nil, fmt.Errorf("%d bytes are more than an annotation file has", len(data))
	}
	root, err := rootName(data)
	if err != nil {
		return nil, err
	}
	if root != "LidcReadMessage" {
		return nil, errNotLIDC
	}
	var m lidcMessage
	if err := xml.Unmarshal(data, &m); err != nil {
		return nil, err
	}
	if len(m.Sessions) > readers {
		return nil, fmt.Errorf("%d reading sessions, want at most %d", len(m.Sessions), readers)
	}
	a := &annotation{series: strings.TrimSpace(m.Series)}
	total := 0
	for _, s := range m.Sessions {
		var marked []nodule
		for _, n := range s.Nodules {
			outline, err := n.outline(&total)
			if err != nil {
				return nil, err
			}
			if outline == nil {
				a.small++
				continue
			}
			marked = append(marked, outline)
		}
		a.others += len(s.Others)
		a.sessions = append(a.sessions, marked)
	}
	return a, nil
}

// rootName returns the name of the first element.
func rootName(data []byte) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return "", errNotLIDC
		}
		if err != nil {
			return "", err
		}
		if start, ok := t.(xml.StartElement); ok {
			return start.Name.Local, nil
		}
	}
}

// outline returns the outlines of a nodule, or nil for one under 3 mm, which is marked by a single point.
func (n lidcNodule) outline(total *int) (nodule, error) {
	var out nodule
	for _, r := range n.ROIs {
		z, err := parseZ(r.Z)
		if err != nil {
			return nil, err
		}
		if *total += len(r.Points); *total > maxPoints {
			return nil, fmt.Errorf("more than %d points", maxPoints)
		}
		region := roi{z: z, slice: strings.TrimSpace(r.Slice), exclude: strings.EqualFold(strings.TrimSpace(r.Inclusion), "false")}
		for _, p := range r.Points {
			if p.X < -maxPixel || p.X > maxPixel || p.Y < -maxPixel || p.Y > maxPixel {
				return nil, fmt.Errorf("point (%d, %d) is in no picture", p.X, p.Y)
			}
			region.points = append(region.points, [2]float64{float64(p.X), float64(p.Y)})
		}
		out = append(out, region)
	}
	if len(out) == 0 || len(out) == 1 && len(out[0].points) <= 1 {
		return nil, nil
	}
	return out, nil
}

// maxPixel is beyond every coordinate: slices have 512 rows.
const maxPixel = 1 << 12

func parseZ(text string) (float64, error) {
	z, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(z) || math.Abs(z) > 1e6 {
		return 0, fmt.Errorf("imageZposition is %.40q, want mm", text)
	}
	return z, nil
}
