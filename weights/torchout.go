package weights

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
)

// storageAlignment is what torch.save aligns the content of every member to, in bytes.
const storageAlignment = 64

// counter counts the bytes on their way.
type counter struct {
	io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += int64(n)
	return n, err
}

// torchWriter writes the zip container of a PyTorch checkpoint: members are stored without compression,
// and their content begins at multiples of 64 bytes.
type torchWriter struct {
	root string
	at   *counter
	zip  *zip.Writer
}

func newTorchWriter(w io.Writer, root string) *torchWriter {
	at := &counter{Writer: w}
	return &torchWriter{root, at, zip.NewWriter(at)}
}

// add writes a member. Padding sits in an extra field called FB, as PyTorch has it.
func (t *torchWriter) add(name string, content []byte) error {
	if err := t.zip.Flush(); err != nil {
		return err
	}
	h := &zip.FileHeader{
		Name: t.root + "/" + name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(content),
		CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(len(content)),
	}
	const local, field = 30, 4 // bytes of a local header and of an extra field's own
	begin := t.at.n + local + int64(len(h.Name)) + field
	padding := int((storageAlignment - begin%storageAlignment) % storageAlignment)
	h.Extra = binary.LittleEndian.AppendUint16([]byte("FB"), uint16(padding))
	for range padding {
		h.Extra = append(h.Extra, 'Z')
	}
	w, err := t.zip.CreateRaw(h)
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}

// writeTorch writes a value whose tensors lie in storages, the bytes of each in its place.
func writeTorch(w io.Writer, root string, v any, storages [][]byte) error {
	text, err := pickle(v)
	if err != nil {
		return err
	}
	t := newTorchWriter(w, root)
	if err := t.add("data.pkl", text); err != nil {
		return err
	}
	for i, s := range storages {
		if err := t.add(fmt.Sprintf("data/%d", i), s); err != nil {
			return err
		}
	}
	if err := t.add("version", []byte("3\n")); err != nil {
		return err
	}
	return t.zip.Close()
}

// littleEndian returns numbers as PyTorch stores them.
func littleEndian(data []float32) []byte {
	b := make([]byte, 0, 4*len(data))
	for _, v := range data {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}
