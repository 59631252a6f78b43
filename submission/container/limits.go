package container

import (
	"errors"
	"fmt"
)

// Limits are what a platform allows an algorithm.
type Limits struct {
	// Memory is in bytes.
	Memory int64
	// Processes counts threads, too.
	Processes int
	// SharedMemory is the size of /dev/shm in bytes.
	SharedMemory int64
}

// DefaultLimits are those of grand-challenge's test scripts: docs/submissions/grand-challenge.md.
func DefaultLimits() Limits {
	return Limits{Memory: 16 << 30, Processes: 256, SharedMemory: 128 << 20}
}

// Validate reports limits under which nothing could run.
func (l Limits) Validate() error {
	switch {
	case l.Memory < 64<<20:
		return fmt.Errorf("memory limit of %d bytes: want at least 64 MiB", l.Memory)
	case l.Processes < 16:
		return fmt.Errorf("process limit %d: want at least 16", l.Processes)
	case l.SharedMemory < 1<<20:
		return errors.New("shared memory: want at least 1 MB")
	}
	return nil
}

// cage says how a command is confined; it travels to the confining process as JSON.
type cage struct {
	Limits Limits
	// Root, Input and Output are folders of the host. Command runs with Root as its root, where
	// Namespaces is true, else as it is.
	Root, Input, Output string
	Command             []string
	Namespaces          bool
}

// words says what a cage enforces and what not. asRoot says whether it belongs to the host's root, whom the
// kernel does not count processes of.
func (c cage) words(asRoot bool) (enforced, missing []string) {
	enforced, missing = []string{}, []string{}
	tell := func(there bool, text string) {
		if there {
			enforced = append(enforced, text)
		} else {
			missing = append(missing, text)
		}
	}
	tell(c.Namespaces, "no network")
	tell(c.Namespaces, "read-only root and input; /output and /tmp can be written")
	tell(c.Namespaces, "an ordinary user without capabilities (uid 1000)")
	tell(c.Namespaces, fmt.Sprintf("shared memory %d MiB", c.Limits.SharedMemory>>20))
	tell(true, "no new privileges")
	tell(true, fmt.Sprintf("memory %d MiB per process (RLIMIT_DATA)", c.Limits.Memory>>20))
	tell(!asRoot, fmt.Sprintf("%d processes and threads (RLIMIT_NPROC)", c.Limits.Processes))
	return enforced, missing
}
