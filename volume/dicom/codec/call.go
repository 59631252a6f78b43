package codec

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero/api"
)

// call is one decoding; the first error sticks.
type call struct {
	ctx    context.Context
	module api.Module
	err    error
}

func (c *call) do(name string, args ...uint64) uint32 {
	if c.err != nil {
		return 0
	}
	f := c.module.ExportedFunction(name)
	if f == nil {
		c.err = fmt.Errorf("the codecs have no function %s", name)
		return 0
	}
	var results []uint64
	if results, c.err = f.Call(c.ctx, args...); c.err != nil {
		message, _, _ := strings.Cut(c.err.Error(), "\n")
		c.err = fmt.Errorf("the codec failed: %s", strings.TrimSuffix(message, " (recovered by wazero)"))
	}
	if len(results) == 0 {
		return 0
	}
	return uint32(results[0])
}

func (c *call) decode(format Format, f Frame, data []byte) ([]byte, error) {
	state := uint64(c.do("CreateCodecsContext"))
	for _, set := range []struct {
		name  string
		value int
	}{
		{"SetColumns", f.Columns}, {"SetRows", f.Rows}, {"SetBitsAllocated", f.BitsAllocated}, {"SetBitsStored", f.BitsStored},
		{"SetSamplesPerPixel", f.Samples}, {"SetPixelRepresentation", f.Signed}, {"SetPlanarConfiguration", 0},
		{"SetPhotometricInterpretation", f.Photometric}, {"SetEncodedBufferSize", len(data)},
	} {
		c.do(set.name, state, uint64(set.value))
	}
	at := c.do("GetEncodedBuffer", state)
	if c.err == nil && !c.module.Memory().Write(at, data) {
		c.err = fmt.Errorf("%d bytes do not fit the codecs' memory", len(data))
	}
	params := uint64(c.do("CreateDecoderParameters"))
	c.do(string(format), state, params)
	at, size := c.do("GetDecodedBuffer", state), c.do("GetDecodedBufferSize", state)
	if c.err != nil {
		return nil, c.err
	}
	want := f.Columns * f.Rows * f.Samples * f.BitsAllocated / 8
	view, ok := c.module.Memory().Read(at, size)
	if !ok || len(view) < want {
		return nil, fmt.Errorf("the codec gave %d bytes, want %d", size, want)
	}
	out := bytes.Clone(view[:want])
	c.do("ReleaseDecoderParameters", params)
	c.do("ReleaseCodecsContext", state)
	return out, c.err
}
