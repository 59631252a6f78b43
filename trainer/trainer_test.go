package trainer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/autoseg/autoseg/engine"
	"github.com/autoseg/autoseg/weights"
)

// events collects the events of a job.
func events(job *Job) *[]Event {
	var list []Event
	job.Observe = func(e Event) { list = append(list, e) }
	return &list
}

func kinds(list []Event, kind string) (r []Event) {
	for _, e := range list {
		if e.Event == kind {
			r = append(r, e)
		}
	}
	return r
}

func finalWeights(t testing.TB, dir string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "weights.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestTrainingLeavesItsFiles(t *testing.T) {
	job := testJob(t, t.TempDir())
	list := events(&job)
	var validated []weights.Tensor
	job.Validate = func(_ context.Context, parameters []weights.Tensor) error { validated = parameters; return nil }
	done, total := 0, 0
	job.Progress = func(d, n int) { done, total = d, n }
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if done != total || total != 3*(4+2) {
		t.Errorf("progress ended at %d of %d, want 18 of 18", done, total)
	}
	if len(validated) != 1 || validated[0].Name != "w" {
		t.Errorf("validated %v, want the parameters", validated)
	}
	if n := len(kinds(*list, "epoch")); n != 3 {
		t.Errorf("%d epochs in the log, want 3", n)
	}
	picture, err := os.ReadFile(filepath.Join(job.Folder, "progress.png"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"weights.safetensors", "best.safetensors"} {
		tensors, metadata, err := weights.ReadSafetensors(filepath.Join(job.Folder, name))
		if err != nil || len(tensors) != 1 || metadata["configuration"] != "3d_fullres" || metadata["mirror_axes"] != "0,1,2" {
			t.Errorf("%s: %v, %v, %v", name, tensors, metadata, err)
		}
	}
	content, err := os.ReadFile(filepath.Join(job.Folder, LogFile))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil || e["event"] == "" || e["time"] == nil {
			t.Errorf("line %q: %v", line, err)
		}
	}
	status, err := ReadStatus(job.Folder)
	if err != nil || !status.Finished || status.Epoch != 3 {
		t.Errorf("status %+v, %v", status, err)
	}
}

func TestFinishedTrainingIsLeftAlone(t *testing.T) {
	job := testJob(t, t.TempDir())
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	job.Validate = func(context.Context, []weights.Tensor) error { return errors.New("validated again") }
	if err := Run(t.Context(), job); err != nil {
		t.Error(err)
	}
}

func TestRatesFallEveryEpoch(t *testing.T) {
	job := testJob(t, t.TempDir())
	var f *fake
	job.stepper = func(p problem) (Stepper, func(uint64) map[string][]float32, error) {
		s, first, err := newFake(p)
		f = s.(*fake)
		return s, first, err
	}
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	for i, rate := range f.rates {
		if want := 0.01 * math.Pow(1-float64(i/4)/3, 0.9); rate != want {
			t.Errorf("update %d: rate %g, want %g", i, rate, want)
		}
	}
}

// TestInterruptedTrainingGoesOn ends the context at the first, middle and last iterations of epochs and
// validations, and at the very last one.
func TestInterruptedTrainingGoesOn(t *testing.T) {
	reference := testJob(t, t.TempDir())
	if err := Run(t.Context(), reference); err != nil {
		t.Fatal(err)
	}
	want := finalWeights(t, reference.Folder)
	dir := filepath.Dir(reference.Folder)
	for _, stop := range []int{1, 3, 4, 5, 6, 7, 11, 17, 18} {
		job := testJob(t, dir)
		job.Folder = fmt.Sprintf("%s/stopped_%d", dir, stop)
		ctx, cancel := context.WithCancel(t.Context())
		seen := 0
		job.announce = func(point string) {
			if strings.HasSuffix(point, " iteration") {
				if seen++; seen == stop {
					cancel()
				}
			}
		}
		if err := Run(ctx, job); stop < 18 && !errors.Is(err, context.Canceled) {
			t.Fatalf("stop at %d: %v, want the context's error", stop, err)
		}
		cancel()
		job.announce = nil
		job.Config.Workers = 3
		if err := Run(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(finalWeights(t, job.Folder), want) {
			t.Errorf("interrupted at iteration %d: other weights", stop)
		}
	}
}

func TestOtherSettingsBeginAnew(t *testing.T) {
	job := testJob(t, t.TempDir())
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	job.Config.Seed++
	job.Config.ResumeOnly = true
	if err := Run(t.Context(), job); err == nil || !strings.Contains(err.Error(), "other settings") {
		t.Errorf("%v, want a refusal", err)
	}
	job.Config.ResumeOnly = false
	list := events(&job)
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if len(kinds(*list, "start")) != 1 || len(kinds(*list, "warning")) == 0 {
		t.Error("a checkpoint of other settings was not replaced with a word")
	}
}

func TestTruncatedCheckpointFallsBack(t *testing.T) {
	reference := testJob(t, t.TempDir())
	if err := Run(t.Context(), reference); err != nil {
		t.Fatal(err)
	}
	for _, damage := range []struct {
		name string
		do   func(path string) error
	}{
		{"weights cut off", func(dir string) error { return os.Truncate(filepath.Join(dir, weightsFile), 40) }},
		{"state cut off", func(dir string) error { return os.Truncate(filepath.Join(dir, stateFile), 40) }},
		{"optimizer missing", func(dir string) error { return os.Remove(filepath.Join(dir, optimizerFile)) }},
		{"one digit changed", func(dir string) error {
			path := filepath.Join(dir, stateFile)
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, bytes.Replace(text, []byte(`"updates":8`), []byte(`"updates":7`), 1), 0o666)
		}},
	} {
		t.Run(damage.name, func(t *testing.T) {
			job := testJob(t, t.TempDir())
			job.Config.CheckpointEvery = 0
			ctx, cancel := context.WithCancel(t.Context())
			written := 0
			job.announce = func(point string) {
				if point == "checkpoint: written" {
					if written++; written == 3 { // the start and two epochs
						cancel()
					}
				}
			}
			if err := Run(ctx, job); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			newest, _ := newestCheckpoint(job.Folder)
			if err := damage.do(other(job.Folder, newest.sequence)); err != nil {
				t.Fatal(err)
			}
			job.announce = nil
			list := events(&job)
			if err := Run(t.Context(), job); err != nil {
				t.Fatal(err)
			}
			if w := kinds(*list, "warning"); len(w) == 0 || !strings.Contains(w[0].Message, "cannot be used") {
				t.Errorf("no word about the damaged checkpoint: %v", w)
			}
			if !bytes.Equal(finalWeights(t, job.Folder), finalWeights(t, reference.Folder)) {
				t.Error("other weights than without damage")
			}
		})
	}
}

func TestWatchdogGoesBackOnce(t *testing.T) {
	poisoned := func(job *Job, poison func(engine.Moment) bool) {
		job.stepper = func(p problem) (Stepper, func(uint64) map[string][]float32, error) {
			s, first, err := newFake(p)
			s.(*fake).poison = poison
			return s, first, err
		}
	}
	job := testJob(t, t.TempDir())
	poisoned(&job, func(m engine.Moment) bool { return m.Step == 7 && m.Rate > 0.005 })
	list := events(&job)
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	back := kinds(*list, "rollback")
	if len(back) != 1 || back[0].Epoch != 1 || len(back[0].Cases) != 2 {
		t.Errorf("rollbacks %+v, want one in epoch 1 with two cases", back)
	}
	tensors, _, err := weights.ReadSafetensors(filepath.Join(job.Folder, "weights.safetensors"))
	if err != nil || slices.ContainsFunc(tensors[0].Data, func(v float32) bool { return v != v }) {
		t.Errorf("final weights %v, %v", tensors, err)
	}
	job = testJob(t, t.TempDir())
	poisoned(&job, func(m engine.Moment) bool { return m.Step == 7 })
	err = Run(t.Context(), job)
	if err == nil || !strings.Contains(err.Error(), "second time") || !strings.Contains(err.Error(), "case_") {
		t.Errorf("%v, want an error that names the cases", err)
	}
	if _, err := readCheckpoint(filepath.Join(job.Folder, "diverged")); err != nil {
		t.Errorf("no state dump: %v", err)
	}
}

func TestDeadlineShortensTheTraining(t *testing.T) {
	job := testJob(t, t.TempDir())
	job.Config.Epochs, job.Config.Iterations, job.Config.ValidationIterations = 1000, 250, 50
	start := time.Now()
	job.Config.Deadline = start.Add(1500 * time.Millisecond)
	list := events(&job)
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("took %v, want about 1.5 s", took)
	}
	if n := len(kinds(*list, "epoch")); n < 20 {
		t.Errorf("%d epochs, want at least 20", n)
	}
	// The schedule that came out can be replayed.
	status, err := ReadStatus(job.Folder)
	if err != nil {
		t.Fatal(err)
	}
	again := testJob(t, t.TempDir())
	again.Config = job.Config
	again.Config.Deadline, again.Config.Replay = time.Time{}, status.Resolved
	if err := Run(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(finalWeights(t, job.Folder), finalWeights(t, again.Folder)) {
		t.Error("replaying the resolved schedule made other weights")
	}
}

func TestBadJobsAreRefusedBeforeAnythingStarts(t *testing.T) {
	cases := map[string]struct {
		change func(*Job)
		want   string
	}{
		"missing case": {func(j *Job) { j.Split.Train = append(j.Split.Train, "case_9") }, "case_9 is not preprocessed"},
		"empty fold":   {func(j *Job) { j.Split.Train = nil }, "no case to train on"},
		"other channels": {func(j *Job) {
			j.Configuration.Normalisation = append(j.Configuration.Normalisation, j.Configuration.Normalisation[0])
		}, "plan and data"},
		"unknown loss":     {func(j *Job) { j.Configuration.Loss.Name = "hinge" }, "does not exist"},
		"nothing to go on": {func(j *Job) { j.Config.ResumeOnly = true }, "no checkpoint"},
	}
	dir := t.TempDir()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			job := testJob(t, dir)
			job.Folder = t.TempDir()
			c.change(&job)
			if err := Run(t.Context(), job); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want a sentence with %q", err, c.want)
			}
		})
	}
}

func TestWarningsOfTheData(t *testing.T) {
	job := testJob(t, t.TempDir())
	job.Configuration.BatchSize = 1
	r := testRecord(0)
	for i, l := range r.Labels {
		if l == 2 {
			r.Labels[i] = 0
		}
	}
	r.Locations = r.Locations[:1]
	if err := job.Store.Put(r); err != nil {
		t.Fatal(err)
	}
	job.Split.Train = job.Split.Train[:1]
	list := events(&job)
	if err := Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range kinds(*list, "warning") {
		all = append(all, e.Message)
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"batch of one", "label 2 (b) is in no training case", "label 2 (b) was in no batch"} {
		if !strings.Contains(text, want) {
			t.Errorf("no warning with %q in:\n%s", want, text)
		}
	}
}

func TestHalfALineAtTheEndOfTheLogIsCutOff(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, LogFile)
	if err := os.WriteFile(path, []byte("{\"event\":\"start\"}\n{\"eve"), 0o666); err != nil {
		t.Fatal(err)
	}
	j, err := openJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.add(Event{Event: "resume"}); err != nil {
		t.Fatal(err)
	}
	j.Close()
	content, err := os.ReadFile(path)
	if err != nil || strings.Count(string(content), "\n") != 2 || strings.Contains(string(content), "{\"eve{") {
		t.Errorf("log %q, %v", content, err)
	}
}

func TestFit(t *testing.T) {
	residents := []engine.Resident{
		{Name: "first", Shape: engine.Shape{1, 2, 1}}, {Name: "middle", Shape: engine.Shape{2}},
		{Name: "head", Shape: engine.Shape{3, 1, 1}}, {Name: "middle#0", Shape: engine.Shape{2}},
	}
	values := map[string][]float32{"first": {9, 9}, "middle": {9, 9}, "head": {9, 9, 9}}
	f := Fit(values, residents, []weights.Tensor{
		{Name: "first", Shape: []int{1, 4, 1}, Data: []float32{1, 2, 3, 6}},
		{Name: "middle", Shape: []int{2}, Data: []float32{4, 5}},
		{Name: "head", Shape: []int{2, 1, 1}, Data: []float32{1, 1}},
	})
	if !slices.Equal(values["first"], []float32{6, 6}) || !slices.Equal(values["middle"], []float32{4, 5}) || values["head"][0] != 9 {
		t.Errorf("values %v", values)
	}
	if want := "1 tensors taken; 1 adapted to the input channels: first; 1 new: head; 1 not used: head"; f.String() != want {
		t.Errorf("%q, want %q", f, want)
	}
}
