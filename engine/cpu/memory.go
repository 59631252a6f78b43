package cpu

import (
	"fmt"
	"unsafe"

	"github.com/autoseg/autoseg/engine"
)

// alignment is what offsets into memory are multiples of, in elements: one cache line.
const alignment = 16

// memory is a block of floats outside the Go heap.
type memory struct {
	data  []float32
	bytes []byte // the mapping, or nil
}

// Elements returns the number of elements.
func (m *memory) Elements() int { return len(m.data) }

// Alloc returns zeroed memory.
func (e *executor) Alloc(elements int, dtype engine.Dtype) (engine.Memory, error) {
	if dtype != engine.Float32 {
		return nil, fmt.Errorf("executor cpu computes in float32 only")
	}
	if elements < 0 || elements > 1<<44 {
		return nil, fmt.Errorf("executor cpu: cannot allocate %d elements", elements)
	}
	bytes, err := mapBytes(4 * max(elements, 1))
	if err != nil {
		return nil, fmt.Errorf("executor cpu: allocate %d MB: %w", elements>>18, err)
	}
	e.held += int64(len(bytes))
	return &memory{data: unsafe.Slice((*float32)(unsafe.Pointer(&bytes[0])), elements), bytes: bytes}, nil
}

// Free gives memory back that Alloc returned.
func (e *executor) Free(m engine.Memory) {
	own := m.(*memory)
	if own.bytes != nil {
		e.held -= int64(len(own.bytes))
		unmapBytes(own.bytes)
	}
	own.data, own.bytes = nil, nil
}

// floats returns the elements of a tensor from its first one to the end of its memory.
func floats(t engine.Tensor) []float32 {
	if t.Memory == nil {
		return nil
	}
	return t.Memory.(*memory).data[t.Offset:]
}
