package main

import (
	"log/slog"
	"strings"
	"testing"
)

func TestMessages(t *testing.T) {
	var out strings.Builder
	log := slog.New(newMessages(&out, slog.LevelInfo))
	log.Debug("hidden")
	log.Info("train", "because", "it has not run yet")
	log.With("case", "a").Warn("spacing differs", "mm", 2)
	log.Error("disk full")
	want := "train: because it has not run yet\nwarning: spacing differs: case a, mm 2\nerror: disk full\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
