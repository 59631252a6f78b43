package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// messages is the slog handler of the command line: "message: key value, key value", a level in front of
// everything but information, no time.
type messages struct {
	mutex *sync.Mutex
	out   io.Writer
	level slog.Leveler
	with  []slog.Attr
}

func newMessages(out io.Writer, level slog.Leveler) messages {
	return messages{mutex: new(sync.Mutex), out: out, level: level}
}

// Enabled reports whether messages of a level are printed.
func (m messages) Enabled(_ context.Context, level slog.Level) bool { return level >= m.level.Level() }

// Handle prints one message in one piece.
func (m messages) Handle(_ context.Context, record slog.Record) error {
	var b strings.Builder
	switch {
	case record.Level >= slog.LevelError:
		b.WriteString("error: ")
	case record.Level >= slog.LevelWarn:
		b.WriteString("warning: ")
	}
	b.WriteString(record.Message)
	separator := ": "
	add := func(a slog.Attr) bool {
		fmt.Fprintf(&b, "%s%s %v", separator, a.Key, a.Value)
		separator = ", "
		return true
	}
	for _, a := range m.with {
		add(a)
	}
	record.Attrs(add)
	b.WriteByte('\n')
	m.mutex.Lock()
	defer m.mutex.Unlock()
	_, err := io.WriteString(m.out, b.String())
	return err
}

// WithAttrs returns a handler that adds attributes to every message.
func (m messages) WithAttrs(attributes []slog.Attr) slog.Handler {
	m.with = append(m.with[:len(m.with):len(m.with)], attributes...)
	return m
}

// WithGroup returns the handler itself: messages for people have no groups.
func (m messages) WithGroup(string) slog.Handler { return m }
