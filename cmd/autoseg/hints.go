package main

import (
	"errors"
	"io/fs"
	"syscall"
)

// hint says what to do about an error of the file system, whose own words only say what happened.
func hint(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "free some space on the disk, then run the same command again"
	case errors.Is(err, fs.ErrPermission):
		return "ask for the permission, or choose another folder"
	case errors.Is(err, syscall.ENOTDIR):
		return "a file stands where a folder is wanted; check the path"
	case errors.Is(err, syscall.EISDIR):
		return "a folder stands where a file is wanted; check the path"
	case errors.Is(err, fs.ErrNotExist):
		return "check the path; a relative one starts in the current folder"
	}
	return ""
}
