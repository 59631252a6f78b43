package op

import (
	"fmt"

	"github.com/autoseg/autoseg/engine"
)

// kernel computes a result from operands, all in C order.
type kernel = func(dst engine.Array, src []engine.Array)

// compute chooses the kernel for the element type of the result.
func compute(f32, f64 kernel) kernel {
	return func(dst engine.Array, src []engine.Array) {
		if dst.F64 != nil {
			f64(dst, src)
			return
		}
		f32(dst, src)
	}
}

// planes splits an activation shape into samples, channels and voxels per channel.
func planes(s engine.Shape) (samples, channels, voxels int) {
	return s[0], s[1], engine.Shape(s[2:]).Size()
}

// activation says what is wrong with a shape that should be (batch, channel, [z,] y, x).
func activation(name string, s engine.Shape) error {
	if len(s) != 4 && len(s) != 5 {
		return fmt.Errorf("%s has shape %v, want (batch, channel, y, x) or (batch, channel, z, y, x)", name, s)
	}
	return nil
}

// same says what is wrong with two shapes that should be equal.
func same(name string, s engine.Shape, other string, t engine.Shape) error {
	if !s.Equal(t) {
		return fmt.Errorf("%s has shape %v and %s has %v, want equal ones", name, s, other, t)
	}
	return nil
}

// scalar says what is wrong with a shape that should be a scalar's.
func scalar(name string, s engine.Shape) error {
	if len(s) != 0 {
		return fmt.Errorf("%s has shape %v, want a scalar", name, s)
	}
	return nil
}

// first returns the first error that is not nil.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
