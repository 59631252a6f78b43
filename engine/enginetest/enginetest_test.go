package enginetest_test

import (
	"testing"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/engine/enginetest"
	"github.com/autoseg/autoseg/engine/ref"
)

func TestRef(t *testing.T) {
	enginetest.Run(t, func(workers int) engine.Executor { return ref.New(workers) })
}
