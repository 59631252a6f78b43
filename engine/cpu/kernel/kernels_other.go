//go:build !amd64

package kernel

func levelKernels(Level) *microkernels { return portableKernels() }
