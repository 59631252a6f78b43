package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/model"
	"github.com/autoseg/autoseg/phantom"
	"github.com/autoseg/autoseg/trainer"
)

func TestTrain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Dataset999_Phantom")
	if err := phantom.Write(dir, phantom.Options{Seed: 1, Cases: 5}); err != nil {
		t.Fatal(err)
	}
	c := trainer.Default()
	c.Epochs, c.Iterations, c.ValidationIterations = 2, 1, 1
	var out strings.Builder
	folder := filepath.Join(t.TempDir(), "model")
	if err := train(context.Background(), &out, dir, folder, c); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "epoch 1: training loss") {
		t.Errorf("got %q", out.String())
	}
	if m, err := model.Open(folder, model.Final); err != nil {
		t.Errorf("the model cannot be opened: %v", err)
	} else if _, err := m.Weights("0"); err != nil {
		t.Errorf("the model has no weights: %v", err)
	}
}
