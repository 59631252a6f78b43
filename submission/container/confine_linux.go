package container

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// confineFailed is the exit status of Confine when it could not build the cage.
const confineFailed = 125

// Confine builds a cage from its JSON and runs the command in it: the body of the process that DryRun
// starts in new namespaces. It returns the exit status of the command.
func Confine(document string) (int, error) {
	var c cage
	if err := json.Unmarshal([]byte(document), &c); err != nil {
		return confineFailed, err
	}
	if c.Namespaces {
		if err := c.enter(); err != nil {
			return confineFailed, err
		}
	}
	if err := c.limit(); err != nil {
		return confineFailed, err
	}
	return c.run()
}

// enter makes the image's folder the root of the mount namespace.
func (c cage) enter() error {
	steps := []struct {
		what string
		do   func() error
	}{
		{"keep mounts to itself", func() error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") }},
		{"mount the image", func() error { return unix.Mount(c.Root, c.Root, "", unix.MS_BIND|unix.MS_REC, "") }},
		{"mount /input", func() error { return c.bind(c.Input, "input", unix.MS_RDONLY) }},
		{"mount /output", func() error { return c.bind(c.Output, "output", 0) }},
		{"mount /tmp", func() error { return c.tmpfs("tmp", "mode=1777") }},
		{"mount /dev/shm", func() error { return c.tmpfs("dev/shm", fmt.Sprintf("mode=1777,size=%d", c.Limits.SharedMemory)) }},
		{"mount /proc", func() error {
			return unix.Mount("proc", filepath.Join(c.Root, "proc"), "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
		}},
		{"make the root read-only", func() error { return readOnly(c.Root, unix.MS_RDONLY) }},
		{"change into the root", func() error { return unix.Chdir(c.Root) }},
		{"change the root", func() error { return unix.PivotRoot(".", ".") }},
		{"leave the old root", func() error { return unix.Unmount(".", unix.MNT_DETACH) }},
		{"go to /", func() error { return unix.Chdir("/") }},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
	}
	return nil
}

// bind mounts a folder of the host below the root.
func (c cage) bind(source, target string, flags uintptr) error {
	target = filepath.Join(c.Root, target)
	if err := unix.Mount(source, target, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	return readOnly(target, flags)
}

func (c cage) tmpfs(target, options string) error {
	return unix.Mount("tmpfs", filepath.Join(c.Root, target), "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options)
}

// readOnly changes the flags of a bind mount. Those that the host set may not be dropped.
func readOnly(target string, flags uintptr) error {
	var s unix.Statfs_t
	if err := unix.Statfs(target, &s); err != nil {
		return err
	}
	for host, mount := range map[int64]uintptr{unix.ST_RDONLY: unix.MS_RDONLY, unix.ST_NOSUID: unix.MS_NOSUID, unix.ST_NODEV: unix.MS_NODEV,
		unix.ST_NOEXEC: unix.MS_NOEXEC, unix.ST_NOATIME: unix.MS_NOATIME, unix.ST_NODIRATIME: unix.MS_NODIRATIME, unix.ST_RELATIME: unix.MS_RELATIME} {
		if int64(s.Flags)&host != 0 {
			flags |= mount
		}
	}
	return unix.Mount("", target, "", unix.MS_BIND|unix.MS_REMOUNT|flags, "")
}

// limit sets what the kernel limits per process and per user.
func (c cage) limit() error {
	for resource, value := range map[int]uint64{unix.RLIMIT_DATA: uint64(c.Limits.Memory), unix.RLIMIT_NPROC: uint64(c.Limits.Processes), unix.RLIMIT_CORE: 0} {
		var now unix.Rlimit
		if err := unix.Getrlimit(resource, &now); err != nil {
			return err
		}
		value = min(value, now.Max)
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: value, Max: value}); err != nil {
			return fmt.Errorf("set a limit: %w", err)
		}
	}
	return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}

// run starts the command. In a cage with namespaces it gets a user namespace of its own, in which it is
// user 1000 and has no power over the mounts.
func (c cage) run() (int, error) {
	command := exec.Command(c.Command[0], c.Command[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr // there is no /dev/null
	command.Env = []string{}
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if c.Namespaces {
		command.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		command.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 1000, HostID: 0, Size: 1}}
		command.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 1000, HostID: 0, Size: 1}}
	}
	err := command.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if exit.Exited() {
			return exit.ExitCode(), nil
		}
		return 128 + int(exit.Sys().(syscall.WaitStatus).Signal()), nil
	}
	if err != nil {
		return confineFailed, err
	}
	return 0, nil
}

// namespaces are the attributes of a process in namespaces of its own, in which it is root.
func namespaces() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET |
			syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
}

// peakMemory returns the most resident memory that a process and those it waited for had, in bytes.
func peakMemory(state *os.ProcessState) int64 {
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss << 10
	}
	return 0
}
