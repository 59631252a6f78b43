package pipeline

import "errors"

// PartialError says that something was done, but not for every case: the others have their results. It
// hides whether the cause is bad input, since work was done.
type PartialError struct{ what string }

// Error names every case that failed.
func (e *PartialError) Error() string { return e.what }

// partially returns the failures of some cases as a PartialError, nil if there are none.
func partially(failures ...error) error {
	if err := errors.Join(failures...); err != nil {
		return &PartialError{err.Error()}
	}
	return nil
}
