package kernel

import "unsafe"

//go:generate go run ./gen

// The structs of this file are the only arguments of the assembly kernels. Their field names reach the
// assembly through go_asm.h, so order and size follow the Go definitions.

// tapEntry is one tap of a tile: where its input and its weights lie, and which pixels of the tile have
// an input there.
type tapEntry struct {
	x    int32 // bytes from the tile's first input pixel
	w    int32 // bytes from the first weight
	kind int32 // allPixels, exceptFirst, exceptLast
	_    int32
}

const (
	allPixels   = 0
	exceptFirst = 1
	exceptLast  = 2
)

// tileArgs describe a tile: up to rows pixels of a row times 16 or 32 output channels.
type tileArgs struct {
	x, w, y unsafe.Pointer // first element of the input; weights; first pixel of the result
	bias    unsafe.Pointer // 32 (or 16) initial values
	stats   unsafe.Pointer // column of the first block, or nil
	table   *tapEntry
	taps    int
	at      int // bytes from x to the tile's first input pixel; may lie outside, the taps do not
	blocks  int // input channel blocks; 0 writes the bias alone
	resume  int // not 0: add to the result so far instead of the bias
	last    int // channels of the last input block, rounded up to a multiple of 4
	xblock  int // bytes between input blocks
	wblock  int // bytes between weight blocks
	yblock  int // bytes between the two output blocks
	ypixel  int // bytes between output pixels
	sblock  int // bytes between the columns of the two output blocks
	xpair   int // bytes from the first row to the second of a pair: input,
	ypair   int // result,
	spair   int // and column
	pixels  int // pixels of the tile, for the portable kernel
	xpixel  int // bytes between input pixels, for the portable kernel
}

// gradArgs describe a piece of a weight gradient: the products of one tap summed over rows of planes.
// The kernels walk over the planes in xat, dyat and planes: x and dy must not point behind their arrays.
type gradArgs struct {
	x, dy, dw            unsafe.Pointer
	xat, dyat            int // bytes from x and dy to the first pixel of the next plane
	pixels, rows, planes int // all positive
	xpixel               int // bytes between input pixels
	xrow, dyrow          int // bytes between rows
	xplane, dyplane      int // bytes between planes
	dyblock              int // bytes between the two output blocks
	inputs               int // input channels, for the portable kernel
	outputs              int // output channels (16 or 32), for the portable kernel
}

// planarGradArgs describe a piece of the weight gradient of a planar input: nine taps at once.
// The kernels change rows.
type planarGradArgs struct {
	x, dy, dw    unsafe.Pointer
	table        *int32 // nine byte offsets from x
	pixels, rows int
	xrow, dyrow  int
	dyblock      int
	outputs      int
}

// transformArgs describe a strip of Winograd tiles.
type transformArgs struct {
	r0, r1, r2, r3 unsafe.Pointer // rows of the input or the result
	points         unsafe.Pointer // point 0
	stride         int            // bytes between points
	n              int            // complete tiles, or vectors of weights
	tail           int            // 1 when a partial tile follows, or the byte distance of taps
	stats          unsafe.Pointer // column, or nil
	bias           unsafe.Pointer // 16 values
}

// transposeArgs describe n blocks of 16x16 weights, one behind the other, rows 32 elements apart.
type transposeArgs struct {
	dst, src unsafe.Pointer
	n        int
}
