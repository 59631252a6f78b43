package dicom

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"

	"github.com/autoseg/autoseg/volume"
)

// derivedUID makes a unique identifier of what an object was made of: the root of identifiers from UUIDs and the
// 128 bits of one (PS3.5 annex B.2), here of version 8, which is for hashes of one's own (RFC 9562).
func derivedUID(from, role string) string {
	sum := sha256.Sum256([]byte(role + "\x00" + from))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return "2.25." + new(big.Int).SetBytes(sum[:16]).String()
}

// digestOf is a digest of labels and of the slices they belong to.
func digestOf(labels *volume.Labels, source *Volume) string {
	h := sha256.New()
	for _, s := range source.slices {
		h.Write([]byte(s.uid + "\x00"))
	}
	row := make([]byte, 0, 2*labels.Shape[2])
	for i, v := range labels.Data {
		if row = binary.LittleEndian.AppendUint16(row, v); (i+1)%labels.Shape[2] == 0 {
			h.Write(row)
			row = row[:0]
		}
	}
	return string(h.Sum(nil))
}
