package dicom

import (
	"bytes"
	"testing"
)

// FuzzSegmentation reads any bytes as a DICOM-SEG object and merges its masks.
func FuzzSegmentation(f *testing.F) {
	source, labels := plantedSeries(f)
	var seed bytes.Buffer
	if err := EncodeSegmentation(&seed, labels, source, map[uint16]string{1: "liver"}); err != nil {
		f.Fatal(err)
	}
	f.Add(seed.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := parse(data)
		if err != nil || o.syntax.pixels != native && o.syntax.pixels != runLength && o.syntax.pixels != deflatedFrames {
			return // the codecs run in a sandbox and are slow
		}
		s, err := o.segmentation("fuzz")
		if err != nil {
			return
		}
		for number, mask := range s.Segments {
			if number == 0 || len(mask) != s.Voxels() {
				t.Errorf("segment %d has %d voxels", number, len(mask))
			}
		}
		if l, err := s.Labels(); err == nil && len(l.Data) != s.Voxels() {
			t.Errorf("%d labels", len(l.Data))
		}
	})
}

// FuzzRLE unpacks any bytes as a frame of run lengths.
func FuzzRLE(f *testing.F) {
	header := make([]byte, 64)
	header[0], header[4] = 1, 64
	f.Add(append(header, 1, 7, 8, 254, 9), 5, 1, 1)
	f.Add(append(header, 128), 1, 3, 2)
	f.Fuzz(func(t *testing.T, data []byte, pixels, samples, bytesPer int) {
		if pixels < 1 || pixels > 1<<12 || samples < 1 || samples > 4 || bytesPer < 1 || bytesPer > 8 {
			return
		}
		if out, err := decodeRLE(data, pixels, samples, bytesPer); err == nil && len(out) != pixels*samples*bytesPer {
			t.Errorf("%d bytes", len(out))
		}
	})
}
