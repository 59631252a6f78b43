package engine

// Layout is how the elements of a value lie in memory. Planar is C order; the other numbers belong to
// the executor.
type Layout uint8

// Planar is C order, the only layout that crosses the border between host and executor.
const Planar Layout = 0

// Memory is a block of an executor's memory.
type Memory interface {
	// Elements returns the number of elements of the program's type that fit.
	Elements() int
}

// Tensor is a value in an executor's memory.
type Tensor struct {
	Memory Memory
	// Offset is the first element's position in Memory.
	Offset int
	Shape  Shape
	Dtype  Dtype
	Layout Layout
	// SampleStride is the distance in elements of neighbouring samples (entries of the first axis). A
	// tensor that is a range of channels of a wider one has a stride of the wider one's sample.
	SampleStride int
}

// Capabilities say what an executor has beyond the plain operators.
type Capabilities struct {
	// Fused lists the kinds of the compiler's own that the executor has kernels for.
	Fused map[Kind]bool
	// Dtypes lists the element types it computes in.
	Dtypes []Dtype
	// Alignment is the multiple of elements that every value's offset is rounded up to; at least 1.
	Alignment int
	// Memory is the number of bytes that can still be allocated; 0 means that nobody knows.
	Memory int64
}

// Executor computes instructions on a device. Package engine/enginetest proves that one does it
// rightly. Its methods are called from one goroutine at a time.
type Executor interface {
	// Name is how the command line calls the executor, for example ref or cpu.
	Name() string
	Capabilities() Capabilities
	// Layouts chooses the layout of every operand and result of an instruction. The compiler inserts
	// conversions where neighbours disagree. It must depend on the instruction alone.
	Layouts(ins *Instruction) (operands, results []Layout)
	// Elements returns how many elements a value of this shape takes in this layout.
	Elements(shape Shape, layout Layout) int
	// Alias returns the operand whose memory result 0 may take over when nobody reads it later, or -1.
	Alias(ins *Instruction) int
	// ByPlacement reports that a Concat or SliceChannels needs no work when its operands (results) are
	// placed inside the result (operand).
	ByPlacement(ins *Instruction) bool
	// Scratch returns the elements of working memory that the instruction needs while it runs.
	Scratch(ins *Instruction) int
	// Alloc returns zeroed memory.
	Alloc(elements int, dtype Dtype) (Memory, error)
	// Bind prepares an instruction on its tensors. scratch has the elements that Scratch asked for.
	Bind(ins *Instruction, results, operands []Tensor, scratch Tensor) (Step, error)
	// Upload and Download move a value between the host (C order) and the executor.
	Upload(dst Tensor, src Array)
	Download(dst Array, src Tensor)
	// Sync waits until everything launched has finished.
	Sync() error
	// Free gives memory back that Alloc returned.
	Free(Memory)
	// Close releases the device. No program of it may be used afterwards.
	Close() error
}

// Step is an instruction that is ready to run.
type Step interface{ Run(Moment) }
