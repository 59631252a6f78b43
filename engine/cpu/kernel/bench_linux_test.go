package kernel

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// cpuSeconds returns the processor time that the process has used.
func cpuSeconds() float64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return float64(t.Sec) + 1e-9*float64(t.Nsec)
}

// hugePages returns memory as the executor's arena has it, and a function that frees it.
func hugePages(n int) ([]float32, func()) {
	const page = 2 << 20
	b, err := unix.Mmap(-1, 0, (n*4+2*page)/page*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	_ = unix.Madvise(b, unix.MADV_HUGEPAGE) // a wish that some systems refuse
	return unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), n), func() { _ = unix.Munmap(b) }
}
