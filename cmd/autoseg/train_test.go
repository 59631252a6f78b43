package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoseg/autoseg/phantom"
	"github.com/autoseg/autoseg/plans"
)

// trainable writes a phantom dataset and a plan with a tiny network for it.
func trainable(t *testing.T, change func(*plans.Configuration)) (data, plan string) {
	t.Helper()
	dir := t.TempDir()
	data, plan = filepath.Join(dir, "Dataset999_Phantom"), filepath.Join(dir, "plan.yaml")
	if err := phantom.Write(data, phantom.Options{Seed: 7, Cases: 5}); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := execute("plan", data, "-o", plan, "-q"); status != statusDone {
		t.Fatal(stderr)
	}
	p, err := plans.Read(plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Configurations {
		if c.Name != "3d_fullres" {
			continue
		}
		c.PatchSize, c.BatchSize = []int{16, 16, 16}, 2
		a := &c.Architecture
		a.Features, a.Strides = []int{4, 8, 8}, [][]int{{1, 1, 1}, {2, 2, 2}, {2, 2, 2}}
		a.Kernels = [][]int{{3, 3, 3}, {3, 3, 3}, {3, 3, 3}}
		a.Convolutions, a.DecoderConvolutions = []int{1, 1, 1}, []int{1, 1}
		if change != nil {
			change(c)
		}
	}
	if err := p.Write(plan); err != nil {
		t.Fatal(err)
	}
	return data, plan
}

// train runs the verb for two updates.
func train(t *testing.T, data, plan string, more ...string) trained {
	t.Helper()
	status, stdout, stderr := execute(append([]string{"train", data, "--plan", plan, "--config", "3d_fullres",
		"--epochs", "1", "--iterations", "2", "--threads", "2", "--json"}, more...)...)
	if status != statusDone {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	var r trained
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	return r
}

// TestTrainAllCases trains one network on every case, and begins another one with its weights.
func TestTrainAllCases(t *testing.T) {
	data, plan := trainable(t, nil)
	out := filepath.Join(t.TempDir(), "run")
	r := train(t, data, plan, "--fold", "all", "-o", out)
	folder := filepath.Join(out, "models", "3d_fullres", "fold_all")
	if r.Folder != folder || r.Updates != 2 {
		t.Errorf("outcome %+v, want 2 updates in %s", r, folder)
	}
	for _, name := range []string{"weights.safetensors", "log.jsonl", "validation/summary.json", "../plan.yaml", "../dataset.json"} {
		if !exists(filepath.Join(folder, name)) {
			t.Errorf("%s is missing", name)
		}
	}
	if n := len(files(t, folder+"/validation/*.nii.gz")); n != 5 {
		t.Errorf("%d cases were predicted, want all 5", n)
	}
	if again := train(t, data, plan, "--fold", "all", "-o", out); again.Dice == nil || r.Dice == nil || *again.Dice != *r.Dice {
		t.Errorf("the finished training tells Dice %v, want %v as before", again.Dice, r.Dice)
	}
	train(t, data, plan, "--fold", "1", "-o", out, "--init", filepath.Dir(folder), "-q")
	log, err := os.ReadFile(filepath.Join(out, "models", "3d_fullres", "fold_1", "log.jsonl"))
	if err != nil || !strings.Contains(string(log), "tensors taken") || strings.Contains(string(log), " new:") {
		t.Errorf("the log does not say that all weights were taken (%v):\n%s", err, log)
	}
}

// TestTrainAnotherNetwork expects another network than the planner's own in a folder of its name.
func TestTrainAnotherNetwork(t *testing.T) {
	data, plan := trainable(t, func(c *plans.Configuration) {
		c.Architecture.Family = "unet"
		c.Loss = plans.Loss{Name: plans.VNetDice}
	})
	out := filepath.Join(t.TempDir(), "run")
	r := train(t, data, plan, "--fold", "0", "-o", out, "--optimizer", "adamw", "--schedule", "cosine",
		"--watch-case", "training_001", "--watch-epochs", "1")
	if got := files(t, filepath.Join(r.Folder, "watch", "epoch_001", "*")); len(got) != 2 {
		t.Errorf("watched %v, want the logits as array and picture", got)
	}
	if want := filepath.Join(out, "models", "3d_fullres@unet", "fold_0"); r.Folder != want {
		t.Errorf("trained in %s, want %s", r.Folder, want)
	}
	// What lies there predicts on its own.
	status, _, stderr := execute("predict", "--model", filepath.Dir(r.Folder), "-i", filepath.Join(data, "imagesTr"), "-o", t.TempDir(), "--no-mirror", "-q")
	if status != statusDone {
		t.Error(stderr)
	}
}

func TestTrainRefusals(t *testing.T) {
	data, plan := trainable(t, nil)
	_, twoChannels := trainable(t, func(c *plans.Configuration) {
		c.Normalisation = append(c.Normalisation, plans.Normalisation{Scheme: plans.ZScore})
	})
	_, weights := trainable(t, func(c *plans.Configuration) {
		c.Loss, _ = plans.DefaultLoss(plans.Focal)
		c.Loss.ClassWeights = []float64{1, 2}
	})
	out := filepath.Join(t.TempDir(), "run")
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"fold beyond the last", []string{"--plan", plan, "--fold", "7"}, statusInput, "fold 7 does not exist: there are 0, 1, 2, 3, 4, all"},
		{"fold of another spelling", []string{"--plan", plan, "--fold", "01"}, statusInput, "fold 01 does not exist"},
		{"no number", []string{"--plan", plan, "--fold", "first"}, statusInput, "fold first does not exist"},
		{"plan of other channels", []string{"--plan", twoChannels, "--fold", "0"}, statusInput, "channel"},
		{"loss of other labels", []string{"--plan", weights, "--fold", "0"}, statusInput, "2 class_weights"},
		{"configuration", []string{"--plan", plan, "--config", "4d", "--fold", "0"}, statusInput, `no configuration "4d"`},
		{"optimizer", []string{"--plan", plan, "--fold", "0", "--optimizer", "adm"}, statusUsage, "adam"},
		{"schedule", []string{"--plan", plan, "--fold", "0", "--schedule", "linear"}, statusUsage, "plateau"},
		{"a time that is over", []string{"--plan", plan, "--fold", "0", "--finish-by", "2001-01-31T18:30:00Z"}, statusUsage, "is over"},
		{"no model", []string{"--plan", plan, "--fold", "0", "--init", filepath.Join(out, "nothing")}, statusInput, "nothing"},
		{"no case to watch", []string{"--plan", plan, "--fold", "0", "--watch-case", "x", "--watch-epochs", "1"}, statusInput, `case "x" is no training case`},
		{"nothing to go on with", []string{"--plan", plan, "--fold", "0", "--resume"}, statusInput, "no checkpoint"},
		{"warm-up as long as the training", []string{"--plan", plan, "--fold", "0", "--epochs", "3", "--warmup", "3"}, statusUsage, "warm-up"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"train", data, "-o", out, "--config", "3d_fullres"}, c.args...)
			status, _, stderr := execute(args...)
			if status != c.code || !strings.Contains(stderr, c.want) {
				t.Errorf("exit status %d, want %d with %q:\n%s", status, c.code, c.want, stderr)
			}
		})
	}
}
