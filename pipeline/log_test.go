package pipeline

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// plainHandler writes "message key value ...", which tests can read.
type plainHandler struct{ out io.Writer }

func logger(out io.Writer) *slog.Logger { return slog.New(plainHandler{out}) }

func (h plainHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo
}

func (h plainHandler) Handle(_ context.Context, record slog.Record) error {
	line := record.Message
	record.Attrs(func(a slog.Attr) bool {
		line += fmt.Sprintf(" %s %v", a.Key, a.Value)
		return true
	})
	_, err := fmt.Fprintln(h.out, line)
	return err
}

func (h plainHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h plainHandler) WithGroup(string) slog.Handler      { return h }

// workedStages returns the stages that a log says something is done for: lines of a stage's name, which
// has no blank, and the reason.
func workedStages(log string) []string {
	var worked []string
	for line := range strings.Lines(log) {
		if name, _, found := strings.Cut(line, ": "); found && !strings.Contains(name, " ") {
			worked = append(worked, name)
		}
	}
	return worked
}
