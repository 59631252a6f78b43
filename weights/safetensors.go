package weights

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/autoseg/autoseg/internal/atomicfile"
	"github.com/autoseg/autoseg/internal/float16"
)

// entry is a tensor's line in the header of a safetensors file.
type entry struct {
	Dtype   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// metadataKey is the one key of the header that is no tensor.
const metadataKey = "__metadata__"

// headerLimit bounds the header: 100 MB, as the format's own library does.
const headerLimit = 100 << 20

// WriteSafetensors writes tensors in their order, with metadata, by temporary file and rename.
func WriteSafetensors(path string, tensors []Tensor, metadata map[string]string) error {
	return atomicfile.Write(path, func(w io.Writer) error { return EncodeSafetensors(w, tensors, metadata) })
}

// EncodeSafetensors writes tensors in their order: eight bytes of header length, a JSON header, the
// data in little endian. Equal arguments give equal bytes.
func EncodeSafetensors(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	header, err := encodeHeader(tensors, metadata)
	if err != nil {
		return err
	}
	if err := binary.Write(w, binary.LittleEndian, uint64(len(header))); err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	buffer := make([]byte, 0, 1<<16)
	for _, t := range tensors {
		for chunk := range slices.Chunk(t.Data, 1<<14) {
			buffer = buffer[:0]
			for _, v := range chunk {
				buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(v))
			}
			if _, err := w.Write(buffer); err != nil {
				return err
			}
		}
	}
	return nil
}

func encodeHeader(tensors []Tensor, metadata map[string]string) ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	if len(metadata) > 0 {
		text, err := json.Marshal(metadata)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", metadataKey, text)
	}
	at := 0
	for _, t := range tensors {
		if n, err := elements(t.Shape, len(t.Data)); err != nil || n != len(t.Data) {
			return nil, fmt.Errorf("tensor %s has shape %v and %d elements", t.Name, t.Shape, len(t.Data))
		}
		name, err := json.Marshal(t.Name)
		if err != nil {
			return nil, err
		}
		line, err := json.Marshal(entry{"F32", append([]int{}, t.Shape...), [2]int{at, at + 4*len(t.Data)}})
		if err != nil {
			return nil, err
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:%s", name, line)
		at += 4 * len(t.Data)
	}
	b.WriteByte('}')
	for (b.Len()+8)%8 != 0 { // the format pads the header with spaces so that the data is aligned
		b.WriteByte(' ')
	}
	return []byte(b.String()), nil
}

// ReadSafetensors reads all tensors, in the order of their data, and the metadata. Element types F32,
// F16, BF16 and F64 are widened or rounded to float32.
func ReadSafetensors(path string) ([]Tensor, map[string]string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	tensors, metadata, err := DecodeSafetensors(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return tensors, metadata, nil
}

// DecodeSafetensors is ReadSafetensors on bytes in memory.
func DecodeSafetensors(raw []byte) ([]Tensor, map[string]string, error) {
	if len(raw) < 8 {
		return nil, nil, fmt.Errorf("safetensors: %d bytes are too few for a header", len(raw))
	}
	n := binary.LittleEndian.Uint64(raw)
	if n > headerLimit || n > uint64(len(raw)-8) {
		return nil, nil, fmt.Errorf("safetensors: header of %d bytes in a file of %d", n, len(raw))
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw[8:8+n], &fields); err != nil {
		return nil, nil, fmt.Errorf("safetensors: header: %w", err)
	}
	var metadata map[string]string
	if m, ok := fields[metadataKey]; ok {
		if err := json.Unmarshal(m, &metadata); err != nil {
			return nil, nil, fmt.Errorf("safetensors: metadata: %w", err)
		}
		delete(fields, metadataKey)
	}
	tensors, err := decodeEntries(fields, raw[8+n:])
	return tensors, metadata, err
}

func decodeEntries(fields map[string]json.RawMessage, data []byte) ([]Tensor, error) {
	type placed struct {
		name string
		entry
	}
	var order []placed
	for name, text := range fields {
		e := placed{name: name}
		if err := json.Unmarshal(text, &e.entry); err != nil {
			return nil, fmt.Errorf("safetensors: tensor %s: %w", name, err)
		}
		order = append(order, e)
	}
	slices.SortFunc(order, func(a, b placed) int {
		if a.Offsets[0] != b.Offsets[0] {
			return a.Offsets[0] - b.Offsets[0]
		}
		return strings.Compare(a.name, b.name)
	})
	end := 0
	var tensors []Tensor
	for _, e := range order {
		if e.Offsets[0] < end || e.Offsets[1] < e.Offsets[0] || e.Offsets[1] > len(data) {
			return nil, fmt.Errorf("safetensors: tensor %s lies at %v, overlapping another or outside the file", e.name, e.Offsets)
		}
		end = e.Offsets[1]
		values, err := widen(e.Dtype, data[e.Offsets[0]:e.Offsets[1]], e.Shape)
		if err != nil {
			return nil, fmt.Errorf("safetensors: tensor %s: %w", e.name, err)
		}
		tensors = append(tensors, Tensor{e.name, e.Shape, values})
	}
	return tensors, nil
}

func widen(dtype string, raw []byte, shape []int) ([]float32, error) {
	width := map[string]int{"F32": 4, "F16": 2, "BF16": 2, "F64": 8}[dtype]
	if width == 0 {
		return nil, fmt.Errorf("element type %s is none of F32, F16, BF16, F64", dtype)
	}
	n, err := elements(shape, len(raw)/width)
	if err != nil {
		return nil, err
	}
	if n*width != len(raw) {
		return nil, fmt.Errorf("shape %v of %s does not take %d bytes", shape, dtype, len(raw))
	}
	r := make([]float32, n)
	for i := range r {
		r[i] = float(dtype, raw[i*width:])
	}
	return r, nil
}

// float reads one number of an element type.
func float(dtype string, b []byte) float32 {
	switch dtype {
	case "F32":
		return math.Float32frombits(binary.LittleEndian.Uint32(b))
	case "F64":
		return float32(math.Float64frombits(binary.LittleEndian.Uint64(b)))
	case "BF16":
		return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
	}
	return float16.FromBits(binary.LittleEndian.Uint16(b))
}
