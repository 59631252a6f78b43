// Package fault marks errors by what a user must do about them, so that the command line can choose
// the exit status.
package fault

import "errors"

type input struct{ err error }

func (e input) Error() string { return e.err.Error() }
func (e input) Unwrap() error { return e.err }

// Input marks err as bad input that was found before any work started. A nil err stays nil.
func Input(err error) error {
	if err == nil {
		return nil
	}
	return input{err}
}

// IsInput reports whether err, or an error it wraps, was marked by Input.
func IsInput(err error) bool {
	var e input
	return errors.As(err, &e)
}
