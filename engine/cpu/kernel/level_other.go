//go:build !amd64

package kernel

// Detect returns the highest level of this processor and operating system.
func Detect() Level { return Portable }
