package dicom

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	dcm "github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/volume"
)

// sameGrid is how far, in mm, the grid of labels may be off that of the series: NIfTI rounds to float32.
const sameGrid = 1e-3

// WriteSegmentation writes labels as a DICOM-SEG file that refers to the series they were made of. Names are what
// the values are called; a value without a name is called by its number. Nothing of the patient is written: who
// needs it finds it in the series, by the study's identifier. Same labels and series, same bytes.
func WriteSegmentation(path string, labels *volume.Labels, source *Volume, names map[uint16]string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		return EncodeSegmentation(w, labels, source, names)
	})
}

// EncodeSegmentation is WriteSegmentation to a writer.
func EncodeSegmentation(w io.Writer, labels *volume.Labels, source *Volume, names map[uint16]string) error {
	if !labels.Equal(source.Geometry, sameGrid) {
		return fmt.Errorf("labels of %v voxels lie on another grid than series %d with %v voxels; only labels of the series itself can refer to it",
			labels.Shape, source.Number, source.Shape)
	}
	if !source.slices[0].placed {
		return fmt.Errorf("series %d says nothing about where its slices lie, so nothing can refer to places in it", source.Number)
	}
	e := newEncoder(labels, source, names)
	set := dcm.Dataset{Elements: slices.Concat(e.meta(), e.identity(), e.description(), e.segments(), e.references(), e.functionalGroups(), e.pixels())}
	if e.err != nil {
		return e.err
	}
	slices.SortFunc(set.Elements, func(a, b *dcm.Element) int { return a.Tag.Compare(b.Tag) })
	var out bytes.Buffer // the library does not report every error of a writer
	if err := dcm.Write(&out, set); err != nil {
		return fmt.Errorf("the DICOM library: %w", err)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// segFrame is one frame of the object: a segment in a slice.
type segFrame struct {
	segment uint16
	slice   int
}

// encoder makes the parts of a DICOM-SEG object; the first error sticks.
type encoder struct {
	labels *volume.Labels
	source *Volume
	names  map[uint16]string
	most   uint16 // the segments are 1 to most, since their numbers have no gaps (PS3.3 C.8.20.4)
	frames []segFrame
	digest string
	refer  bool // to the objects of the source
	err    error
}

func newEncoder(labels *volume.Labels, source *Volume, names map[uint16]string) *encoder {
	e := &encoder{labels: labels, source: source, names: names, most: 1, refer: source.referable()}
	for number := range names {
		e.most = max(e.most, number)
	}
	size := labels.Shape[1] * labels.Shape[2]
	for z := range labels.Shape[0] {
		seen := map[uint16]bool{}
		for _, v := range labels.Data[z*size : (z+1)*size] {
			if v != 0 && !seen[v] {
				seen[v] = true
				e.most = max(e.most, v)
				e.frames = append(e.frames, segFrame{v, z})
			}
		}
	}
	// Readers span the grid from the first frame to the last, so both ends have one, if an empty one.
	for _, z := range []int{0, labels.Shape[0] - 1} {
		if !slices.ContainsFunc(e.frames, func(f segFrame) bool { return f.slice == z }) {
			e.frames = append(e.frames, segFrame{1, z})
		}
	}
	slices.SortFunc(e.frames, func(a, b segFrame) int {
		if a.segment != b.segment {
			return int(a.segment) - int(b.segment)
		}
		return a.slice - b.slice
	})
	e.digest = digestOf(labels, source)
	return e
}

// element makes an element; values are []string, []int, [][]*dcm.Element or what the library takes.
func (e *encoder) element(t tag.Tag, value any) *dcm.Element {
	made, err := dcm.NewElement(t, value)
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("element %v: %w", t, err)
	}
	return made
}

func (e *encoder) text(t tag.Tag, values ...string) *dcm.Element { return e.element(t, values) }

func (e *encoder) number(t tag.Tag, values ...int) *dcm.Element { return e.element(t, values) }

// sequence makes a sequence of one item.
func (e *encoder) sequence(t tag.Tag, item ...*dcm.Element) *dcm.Element {
	return e.element(t, [][]*dcm.Element{item})
}

// code makes a sequence of one coded concept.
func (e *encoder) code(t tag.Tag, value, scheme, meaning string) *dcm.Element {
	return e.sequence(t, e.text(tag.CodeValue, value), e.text(tag.CodingSchemeDesignator, scheme), e.text(tag.CodeMeaning, meaning))
}

// name returns what a segment is called. LO holds 64 characters and takes a backslash for a separator.
func (e *encoder) name(number uint16) string {
	name := strings.Map(func(r rune) rune {
		if r == '\\' || r < ' ' {
			return ' '
		}
		return r
	}, e.names[number])
	if name = strings.TrimSpace(name); name == "" {
		return fmt.Sprintf("label %d", number)
	}
	runes := []rune(name)
	return string(runes[:min(len(runes), 64)])
}

// pixels packs the masks of all frames, eight voxels a byte, least significant bit first (PS3.5 section 8.1.1).
func (e *encoder) pixels() []*dcm.Element {
	size := e.labels.Shape[1] * e.labels.Shape[2]
	packed := make([]byte, (len(e.frames)*size+15)/16*2)
	for i, f := range e.frames {
		for j, v := range e.labels.Data[f.slice*size : (f.slice+1)*size] {
			if v == f.segment {
				bit := i*size + j
				packed[bit>>3] |= 1 << (bit & 7)
			}
		}
	}
	e.checkLength(len(packed))
	return []*dcm.Element{e.element(tag.PixelData, dcm.PixelDataInfo{IntentionallyUnprocessed: true, UnprocessedValueData: packed})}
}

func (e *encoder) checkLength(n int) {
	if uint64(n) >= undefined && e.err == nil {
		e.err = fmt.Errorf("%d frames of %v voxels are more than a DICOM file holds", len(e.frames), e.labels.Shape[1:])
	}
}
